// CoreDNS with the plugins that the cluster's DNS uses, as its own way of compiling in others has it
// (https://coredns.io/manual/toc/#external-plugins): all of them bring the clouds' libraries, minutes of compiling.
package main

import (
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"

	"github.com/coredns/coredns/coremain"
)

func main() {
	coremain.Run()
}
