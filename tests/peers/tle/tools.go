//go:build tools

// Package tools names the program that is built here, so that go.mod keeps it: drand's own command for timelock files.
package tools

import _ "github.com/drand/tlock/cmd/tle"
