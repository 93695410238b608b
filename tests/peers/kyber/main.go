// The DKG and the identity-based encryption of production's library, driven over pipes: a peer for tests and benchmarks of drandlab.
//
//	kyber-peer            JSON requests on stdin, one a line, JSON answers on stdout: nodes of a DKG or resharing
//	kyber-peer ibe        the same for identity-based encryption: requests on stdin, answers on stdout
//	kyber-peer bench N T GROUP RUNS
//	                      CPU milliseconds of whole runs with the library's own protocol driver
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	bls "github.com/drand/kyber-bls12381"

	"github.com/drand/kyber"
	"github.com/drand/kyber/share"
	"github.com/drand/kyber/share/dkg"
	"github.com/drand/kyber/sign/schnorr"
)

// suiteOf returns the key group with all that the DKG asks of it.
func suiteOf(name string) dkg.Suite {
	if name == "G2" {
		return bls.NewBLS12381Suite().G2().(dkg.Suite)
	}
	return bls.NewBLS12381Suite().G1().(dkg.Suite)
}

type member struct {
	Index  uint32 `json:"index"`
	Public string `json:"public"`
}

type request struct {
	Call string `json:"call"`
	Node int    `json:"node"`

	// new
	Group        string   `json:"group"`
	Longterm     string   `json:"longterm"`
	OldNodes     []member `json:"old_nodes"`
	NewNodes     []member `json:"new_nodes"`
	Threshold    int      `json:"threshold"`
	OldThreshold int      `json:"old_threshold"`
	OldCommits   []string `json:"old_commits"`
	Share        string   `json:"share"`
	ShareIndex   uint32   `json:"share_index"`
	Nonce        string   `json:"nonce"`
	FastSync     bool     `json:"fast_sync"`

	// the other calls
	Deals          []dealBundle          `json:"deals"`
	Responses      []responseBundle      `json:"responses"`
	Justifications []justificationBundle `json:"justifications"`
}

type indexed struct {
	Index uint32 `json:"index"`
	Value string `json:"value"`
}

type dealBundle struct {
	Dealer    uint32    `json:"dealer"`
	Commits   []string  `json:"commits"`
	Deals     []indexed `json:"deals"`
	Session   string    `json:"session"`
	Signature string    `json:"signature"`
}

type word struct {
	Dealer  uint32 `json:"dealer"`
	Success bool   `json:"success"`
}

type responseBundle struct {
	Holder    uint32 `json:"holder"`
	Responses []word `json:"responses"`
	Session   string `json:"session"`
	Signature string `json:"signature"`
}

type justificationBundle struct {
	Dealer    uint32    `json:"dealer"`
	Answers   []indexed `json:"answers"`
	Session   string    `json:"session"`
	Signature string    `json:"signature"`
}

type result struct {
	Qual    []uint32 `json:"qual"`
	Commits []string `json:"commits"`
	Index   uint32   `json:"index"`
	Share   string   `json:"share"`
}

type answer struct {
	Error         string               `json:"error,omitempty"`
	Deal          *dealBundle          `json:"deal,omitempty"`
	Response      *responseBundle      `json:"response,omitempty"`
	Justification *justificationBundle `json:"justification,omitempty"`
	Result        *result              `json:"result,omitempty"`
	Refused       []uint32             `json:"refused,omitempty"`
}

type node struct {
	suite  dkg.Suite
	config *dkg.Config
	gen    *dkg.DistKeyGenerator
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func unhex(text string) []byte {
	data, err := hex.DecodeString(text)
	must(err)
	return data
}

func (n *node) point(text string) kyber.Point {
	p := n.suite.Point()
	must(p.UnmarshalBinary(unhex(text)))
	return p
}

func (n *node) scalar(text string) kyber.Scalar {
	s := n.suite.Scalar()
	must(s.UnmarshalBinary(unhex(text)))
	return s
}

func encoded(m kyber.Marshaling) string {
	data, err := m.MarshalBinary()
	must(err)
	return hex.EncodeToString(data)
}

func (n *node) members(list []member) []dkg.Node {
	var nodes []dkg.Node
	for _, m := range list {
		nodes = append(nodes, dkg.Node{Index: m.Index, Public: n.point(m.Public)})
	}
	return nodes
}

func newNode(r request) (*node, error) {
	n := &node{suite: suiteOf(r.Group)}
	c := &dkg.Config{
		Suite:     n.suite,
		Longterm:  n.scalar(r.Longterm),
		NewNodes:  n.members(r.NewNodes),
		Threshold: r.Threshold,
		FastSync:  r.FastSync,
		Nonce:     unhex(r.Nonce),
		Auth:      schnorr.NewScheme(n.suite),
	}
	if len(r.OldCommits) > 0 {
		c.OldNodes, c.OldThreshold = n.members(r.OldNodes), r.OldThreshold
		for _, commit := range r.OldCommits {
			c.PublicCoeffs = append(c.PublicCoeffs, n.point(commit))
		}
		if r.Share != "" {
			c.Share = &dkg.DistKeyShare{
				Commits: c.PublicCoeffs,
				Share:   &share.PriShare{I: int(r.ShareIndex), V: n.scalar(r.Share)},
			}
		}
	}
	n.config = c
	gen, err := dkg.NewDistKeyHandler(c)
	n.gen = gen
	return n, err
}

func (n *node) dealOut(b *dkg.DealBundle) *dealBundle {
	out := &dealBundle{Dealer: b.DealerIndex, Session: hex.EncodeToString(b.SessionID), Signature: hex.EncodeToString(b.Signature)}
	for _, p := range b.Public {
		out.Commits = append(out.Commits, encoded(p))
	}
	for _, d := range b.Deals {
		out.Deals = append(out.Deals, indexed{d.ShareIndex, hex.EncodeToString(d.EncryptedShare)})
	}
	return out
}

func (n *node) dealIn(b dealBundle) *dkg.DealBundle {
	in := &dkg.DealBundle{DealerIndex: b.Dealer, SessionID: unhex(b.Session), Signature: unhex(b.Signature)}
	for _, c := range b.Commits {
		in.Public = append(in.Public, n.point(c))
	}
	for _, d := range b.Deals {
		in.Deals = append(in.Deals, dkg.Deal{ShareIndex: d.Index, EncryptedShare: unhex(d.Value)})
	}
	return in
}

func responseOut(b *dkg.ResponseBundle) *responseBundle {
	out := &responseBundle{Holder: b.ShareIndex, Session: hex.EncodeToString(b.SessionID), Signature: hex.EncodeToString(b.Signature)}
	for _, r := range b.Responses {
		out.Responses = append(out.Responses, word{r.DealerIndex, bool(r.Status)})
	}
	return out
}

func responseIn(b responseBundle) *dkg.ResponseBundle {
	in := &dkg.ResponseBundle{ShareIndex: b.Holder, SessionID: unhex(b.Session), Signature: unhex(b.Signature)}
	for _, r := range b.Responses {
		in.Responses = append(in.Responses, dkg.Response{DealerIndex: r.Dealer, Status: r.Success})
	}
	return in
}

func justificationOut(b *dkg.JustificationBundle) *justificationBundle {
	out := &justificationBundle{Dealer: b.DealerIndex, Session: hex.EncodeToString(b.SessionID), Signature: hex.EncodeToString(b.Signature)}
	for _, j := range b.Justifications {
		out.Answers = append(out.Answers, indexed{j.ShareIndex, encoded(j.Share)})
	}
	return out
}

func (n *node) justificationIn(b justificationBundle) *dkg.JustificationBundle {
	in := &dkg.JustificationBundle{DealerIndex: b.Dealer, SessionID: unhex(b.Session), Signature: unhex(b.Signature)}
	for _, j := range b.Answers {
		in.Justifications = append(in.Justifications, dkg.Justification{ShareIndex: j.Index, Share: n.scalar(j.Value)})
	}
	return in
}

func resultOut(r *dkg.Result) *result {
	out := &result{Index: uint32(r.Key.Share.I), Share: encoded(r.Key.Share.V)}
	for _, n := range r.QUAL {
		out.Qual = append(out.Qual, n.Index)
	}
	for _, c := range r.Key.Commits {
		out.Commits = append(out.Commits, encoded(c))
	}
	return out
}

// handle does one call; bundles whose signature does not verify are refused and named, as the library's driver does.
func (n *node) handle(r request) (out answer) {
	var err error
	switch r.Call {
	case "deals":
		var b *dkg.DealBundle
		if b, err = n.gen.Deals(); err == nil {
			out.Deal = n.dealOut(b)
		}
	case "process_deals":
		var in []*dkg.DealBundle
		for _, b := range r.Deals {
			bundle := n.dealIn(b)
			if dkg.VerifyPacketSignature(n.config, bundle) != nil {
				out.Refused = append(out.Refused, b.Dealer)
				continue
			}
			in = append(in, bundle)
		}
		var b *dkg.ResponseBundle
		if b, err = n.gen.ProcessDeals(in); err == nil && b != nil {
			out.Response = responseOut(b)
		}
	case "process_responses":
		var in []*dkg.ResponseBundle
		for _, b := range r.Responses {
			bundle := responseIn(b)
			if dkg.VerifyPacketSignature(n.config, bundle) != nil {
				out.Refused = append(out.Refused, b.Holder)
				continue
			}
			in = append(in, bundle)
		}
		var res *dkg.Result
		var b *dkg.JustificationBundle
		if res, b, err = n.gen.ProcessResponses(in); err == nil {
			if res != nil {
				out.Result = resultOut(res)
			}
			if b != nil {
				out.Justification = justificationOut(b)
			}
		}
	case "process_justifications":
		var in []*dkg.JustificationBundle
		for _, b := range r.Justifications {
			bundle := n.justificationIn(b)
			if dkg.VerifyPacketSignature(n.config, bundle) != nil {
				out.Refused = append(out.Refused, b.Dealer)
				continue
			}
			in = append(in, bundle)
		}
		var res *dkg.Result
		if res, err = n.gen.ProcessJustifications(in); err == nil && res != nil {
			out.Result = resultOut(res)
		}
	default:
		err = fmt.Errorf("unknown call %q", r.Call)
	}
	if err != nil {
		out.Error = err.Error()
	}
	return out
}

func serve() {
	nodes := map[int]*node{}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r request
		must(json.Unmarshal(lines.Bytes(), &r))
		var a answer
		if r.Call == "new" {
			n, err := newNode(r)
			if err != nil {
				a.Error = err.Error()
			} else {
				nodes[r.Node] = n
			}
		} else {
			a = nodes[r.Node].handle(r)
		}
		must(out.Encode(a))
	}
}

func main() {
	if len(os.Args) == 6 && os.Args[1] == "bench" {
		n, err := strconv.Atoi(os.Args[2])
		must(err)
		t, err := strconv.Atoi(os.Args[3])
		must(err)
		runs, err := strconv.Atoi(os.Args[5])
		must(err)
		bench(n, t, os.Args[4], runs)
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "ibe" {
		serveIbe()
		return
	}
	serve()
}
