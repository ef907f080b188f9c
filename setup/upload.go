package setup

import (
	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination"
)

// Hashing is how a kind of destination hashes what is uploaded.
type Hashing struct {
	Fields   []destination.Field
	Preparer destination.Preparer
}

// Hashings are how each kind of destination hashes what is uploaded.
func Hashings(u eddy.Upload) (out []Hashing, err error) {
	for _, kind := range connectors.Destinations() {
		p, err := kind.Hashed(u)
		if err != nil {
			return nil, err
		}
		out = append(out, Hashing{kind.Fields, p})
	}
	return out, nil
}
