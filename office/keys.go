package office

import (
	"fundy/office/unseal"
	"fundy/seal"
)

// NewSealKeys makes the pair of keys of a new city: the private one as the text of its file, which
// only the office's user may read, and the public one.
func NewSealKeys() (private string, public seal.PublicKey, err error) {
	key, public, err := unseal.Generate()
	if err != nil {
		return "", seal.PublicKey{}, err
	}
	private, err = key.Text()
	return private, public, err
}

// PublicOf is the public half of a private key's text. It opens nothing.
func PublicOf(private []byte) (seal.PublicKey, error) {
	key, err := unseal.Parse(private)
	if err != nil {
		return seal.PublicKey{}, err
	}
	return key.Public()
}
