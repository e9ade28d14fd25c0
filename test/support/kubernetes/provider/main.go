// Pulumi's provider for Kubernetes. Its own main package does not build from the module: what it embeds is generated.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// Of the SDK that package.json pins: the engine warns of another. Set by the linker.
var version string

// The module's own, which the build lays over this place.
//
//go:embed schema.json
var schema []byte

func main() {
	provider.Serve("kubernetes", version, schema, []byte("{}"))
}
