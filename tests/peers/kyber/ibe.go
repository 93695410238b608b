package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"

	bls "github.com/drand/kyber-bls12381"

	"github.com/drand/kyber"
	"github.com/drand/kyber/encrypt/ibe"
	"github.com/drand/kyber/pairing"
	"github.com/drand/kyber/pairing/bn254"
)

// ibeRequest is one encryption (with a key) or decryption (with a signature); the identity is a round's digest.
type ibeRequest struct {
	Scheme    string `json:"scheme"`
	Key       string `json:"key"`
	Identity  string `json:"identity"`
	Message   string `json:"message"`
	Signature string `json:"signature"`
	U         string `json:"u"`
	V         string `json:"v"`
	W         string `json:"w"`
}

type ibeAnswer struct {
	Error   string `json:"error,omitempty"`
	Message string `json:"message"`
	U       string `json:"u"`
	V       string `json:"v"`
	W       string `json:"w"`
}

// ibeSuite returns the suite of a scheme of drand with its domain tag, and whether its keys are on G1.
func ibeSuite(scheme string) (pairing.Suite, bool) {
	switch scheme {
	case "bls-bn254-unchained-on-g1":
		suite := bn254.NewSuite()
		suite.SetDomainG1([]byte("BLS_SIG_BN254G1_XMD:KECCAK-256_SVDW_RO_NUL_"))
		return suite, false
	case "bls-unchained-on-g1":
		suite := bls.NewBLS12381Suite()
		suite.(*bls.Suite).SetDomainG1([]byte("BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"))
		return suite, false
	}
	return bls.NewBLS12381Suite(), scheme == "pedersen-bls-unchained"
}

func pointOf(group kyber.Group, text string) kyber.Point {
	p := group.Point()
	must(p.UnmarshalBinary(unhex(text)))
	return p
}

func (r ibeRequest) answer() (out ibeAnswer) {
	suite, keysOnG1 := ibeSuite(r.Scheme)
	keys, signatures := suite.G2(), suite.G1()
	encrypt, decrypt := ibe.EncryptCCAonG2, ibe.DecryptCCAonG2
	if keysOnG1 {
		keys, signatures = signatures, keys
		encrypt, decrypt = ibe.EncryptCCAonG1, ibe.DecryptCCAonG1
	}
	if r.Key != "" {
		c, err := encrypt(suite, pointOf(keys, r.Key), unhex(r.Identity), unhex(r.Message))
		must(err)
		return ibeAnswer{U: encoded(c.U), V: hex.EncodeToString(c.V), W: hex.EncodeToString(c.W)}
	}
	c := &ibe.Ciphertext{U: pointOf(keys, r.U), V: unhex(r.V), W: unhex(r.W)}
	message, err := decrypt(suite, pointOf(signatures, r.Signature), c)
	if err != nil {
		return ibeAnswer{Error: err.Error()}
	}
	return ibeAnswer{Message: hex.EncodeToString(message)}
}

func serveIbe() {
	lines, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var r ibeRequest
		must(json.Unmarshal(lines.Bytes(), &r))
		must(out.Encode(r.answer()))
	}
}
