//go:build tools

// Package tools names the program that is built here, so that go.mod keeps it: drand's own daemon.
package tools

import _ "github.com/drand/drand/v2/cmd/drand"
