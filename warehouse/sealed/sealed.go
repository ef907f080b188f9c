// Package sealed keeps tables of texts in a file that only its key opens. It is written once, row
// by row, and read as often as is needed, a table at a time and in constant memory. On the disk
// there is nothing in the clear (promise 10), and what was cut off, changed or put in another
// order is an error and never fewer rows (promise 3).
//
// A file is its sign, chunks of rows, a chunk that lists the tables, and where that one begins.
// Each chunk is compressed and then sealed with AES-256-GCM. A key is made for one file and the
// number of a chunk is its nonce, so that no nonce is used twice and no chunk fits another place.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/klauspost/compress/zstd"
)

const (
	// sign begins each file, and is what its chunks are sealed for.
	sign = "EDDY rows 1\n"
	// chunkSize is how much of rows is sealed at once, or one row that is longer; mostChunk is what
	// a chunk may unpack to, and mostSealed what it may take on the disk.
	chunkSize  = 1 << 20
	mostChunk  = 64 << 20
	mostSealed = 66 << 20
	// mostBytes bounds the rows of a file, so that a small one that unpacks to a lot does not take
	// the disk, and mostListing the list of its tables, which is in memory wherever it is open.
	mostBytes   = 512 << 20
	mostListing = 8 << 20
	keySize     = 32
	// listing is the number of the chunk that lists the tables.
	listing = math.MaxUint64
	// trailer is the length of what says where that chunk begins.
	trailer = 8
)

// ErrTooLarge says that a file would hold more than one may.
var ErrTooLarge = errors.New("more than a sealed file may hold")

// ErrNoRoom says that a file would take more of the disk than it was given.
var ErrNoRoom = errors.New("no room for a sealed file")

// ErrDamaged says that a file is not what was written under its key.
var ErrDamaged = errors.New("the sealed file is damaged, or its key is that of another one")

// Table is one table of a file.
type Table struct {
	Name string `json:"name"`
	// Title is what it was called where it is from.
	Title   string   `json:"title"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`

	// At is where its first chunk begins, First the number of that, and Chunks how many there are.
	At     int64  `json:"at"`
	First  uint64 `json:"first"`
	Chunks uint64 `json:"chunks"`
}

// newKey makes a key, and the text by which it is kept.
func newKey() (aead cipher.AEAD, key string, err error) {
	var secret [keySize]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, "", err
	}
	key = base64.StdEncoding.EncodeToString(secret[:])
	aead, err = cipherOf(key)
	return aead, key, err
}

// cipherOf reads a key. It never repeats what it could not read.
func cipherOf(key string) (cipher.AEAD, error) {
	secret, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(secret) != keySize {
		return nil, errors.New("the key of a sealed file is 32 bytes in base64")
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// nonce is the number of a chunk, as a nonce.
func nonce(number uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 4, 12), number) }

func damaged(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }

func newUnpacker() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostChunk))
}
