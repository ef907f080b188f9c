package snowflake

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // openssl pkcs8 -v2 des3 is what Snowflake's own pages tell people to type
	"crypto/pbkdf2"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"hash"
	"strings"
)

// errKey is a key that cannot be read. What is wrong with it would tell of the key.
var errKey = errors.New("it is no RSA key in PKCS #8 (PEM, or its base64), or the passphrase is not the one that it was encrypted with")

// privateKey reads a key in PEM, encrypted or not, or the base64 of its DER, as dbt takes it.
func privateKey(text, passphrase string) (*rsa.PrivateKey, error) {
	der, encrypted := []byte(nil), passphrase != ""
	if block, _ := pem.Decode([]byte(text)); block != nil {
		der, encrypted = block.Bytes, block.Type == "ENCRYPTED PRIVATE KEY"
		if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
			return key, nil
		}
	} else if decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err == nil {
		der = decoded
	}
	if encrypted {
		var err error
		if der, err = decrypt(der, passphrase); err != nil {
			return nil, errKey
		}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	key, ok := parsed.(*rsa.PrivateKey)
	if err != nil || !ok {
		return nil, errKey
	}
	return key, nil
}

// encryptedKey is EncryptedPrivateKeyInfo of RFC 5958, with PBES2 of RFC 8018.
type encryptedKey struct {
	Algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters struct {
			KDF struct {
				ID         asn1.ObjectIdentifier
				Parameters struct {
					Salt       []byte
					Iterations int
					KeyLength  int                      `asn1:"optional"`
					PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
				}
			}
			Cipher struct {
				ID asn1.ObjectIdentifier
				IV []byte
			}
		}
	}
	Data []byte
}

// mostIterations bounds the work that a key of anybody's may ask for.
const mostIterations = 10_000_000

func decrypt(der []byte, passphrase string) ([]byte, error) {
	var in encryptedKey
	if _, err := asn1.Unmarshal(der, &in); err != nil {
		return nil, err
	}
	kdf, way := in.Algorithm.Parameters.KDF.Parameters, in.Algorithm.Parameters.Cipher
	sum, known := map[string]func() hash.Hash{
		"": sha1.New, "1.2.840.113549.2.7": sha1.New, "1.2.840.113549.2.9": sha256.New, "1.2.840.113549.2.11": sha512.New,
	}[kdf.PRF.Algorithm.String()]
	length, knownCipher := map[string]int{
		"1.2.840.113549.3.7": 24, "2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32,
	}[way.ID.String()]
	if !known || !knownCipher || kdf.Iterations < 1 || kdf.Iterations > mostIterations {
		return nil, errKey
	}
	key, err := pbkdf2.Key(sum, passphrase, kdf.Salt, kdf.Iterations, length)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if way.ID.String() == "1.2.840.113549.3.7" {
		block, err = des.NewTripleDESCipher(key) //nolint:gosec // as above
	}
	if err != nil || len(way.IV) != block.BlockSize() || len(in.Data) == 0 || len(in.Data)%block.BlockSize() != 0 {
		return nil, errKey
	}
	out := make([]byte, len(in.Data))
	cipher.NewCBCDecrypter(block, way.IV).CryptBlocks(out, in.Data)
	padding := int(out[len(out)-1])
	if padding < 1 || padding > block.BlockSize() {
		return nil, errKey
	}
	return out[:len(out)-padding], nil
}
