package main

import (
	"fmt"
	"sort"
	"syscall"

	"github.com/drand/kyber/share/dkg"
	"github.com/drand/kyber/sign/schnorr"
	"github.com/drand/kyber/util/random"
)

// board hands each packet to every node, the sender included, without delay.
type board struct {
	all            []*board
	deals          chan dkg.DealBundle
	responses      chan dkg.ResponseBundle
	justifications chan dkg.JustificationBundle
}

func (b *board) PushDeals(p *dkg.DealBundle) {
	for _, other := range b.all {
		other.deals <- *p
	}
}

func (b *board) PushResponses(p *dkg.ResponseBundle) {
	for _, other := range b.all {
		other.responses <- *p
	}
}

func (b *board) PushJustifications(p *dkg.JustificationBundle) {
	for _, other := range b.all {
		other.justifications <- *p
	}
}

func (b *board) IncomingDeal() <-chan dkg.DealBundle                   { return b.deals }
func (b *board) IncomingResponse() <-chan dkg.ResponseBundle           { return b.responses }
func (b *board) IncomingJustification() <-chan dkg.JustificationBundle { return b.justifications }

// phaser starts the deal phase and never ticks again: fast sync does the rest.
type phaser chan dkg.Phase

func (p phaser) NextPhase() chan dkg.Phase { return p }

func cpu() float64 {
	var used syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(used.Utime) + seconds(used.Stime)
}

func once(n, t int, group string) float64 {
	suite := suiteOf(group)
	configs := make([]*dkg.Config, n)
	var nodes []dkg.Node
	for i := range configs {
		secret := suite.Scalar().Pick(random.New())
		configs[i] = &dkg.Config{
			Suite: suite, Longterm: secret, Threshold: t, FastSync: true,
			Nonce: make([]byte, 32), Auth: schnorr.NewScheme(suite),
		}
		nodes = append(nodes, dkg.Node{Index: uint32(i), Public: suite.Point().Mul(secret, nil)})
	}
	started := cpu()
	boards := make([]*board, n)
	for i := range boards {
		boards[i] = &board{
			deals:          make(chan dkg.DealBundle, 2*n),
			responses:      make(chan dkg.ResponseBundle, 2*n),
			justifications: make(chan dkg.JustificationBundle, 2*n),
		}
	}
	protocols := make([]*dkg.Protocol, n)
	phasers := make([]phaser, n)
	for i := range boards {
		boards[i].all = boards
		configs[i].NewNodes = nodes
		phasers[i] = make(phaser, 1)
		p, err := dkg.NewProtocol(configs[i], boards[i], phasers[i], false)
		must(err)
		protocols[i] = p
	}
	for _, p := range phasers {
		p <- dkg.DealPhase
	}
	for _, p := range protocols {
		if end := <-p.WaitEnd(); end.Error != nil {
			panic(end.Error)
		}
	}
	return 1000 * (cpu() - started)
}

func bench(n, t int, group string, runs int) {
	var times []float64
	for i := 0; i <= runs; i++ {
		if spent := once(n, t, group); i > 0 {
			times = append(times, spent)
		}
	}
	sort.Float64s(times)
	fmt.Println(times[len(times)/2])
}
