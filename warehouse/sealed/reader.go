package sealed

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// File is a file that is open. Its tables can be read by several at once.
type File struct {
	Tables []Table

	file *os.File
	aead cipher.AEAD
	// end is where the chunks of rows end.
	end int64
}

// Open opens a file with its key, and reads which tables it has.
func Open(path, key string) (*File, error) {
	aead, err := cipherOf(key)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &File{file: file, aead: aead}
	if err := f.begin(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

func (f *File) begin() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	head := make([]byte, len(sign))
	if _, err := f.file.ReadAt(head, 0); err != nil || string(head) != sign || size < int64(len(sign))+trailer {
		return damaged("it does not begin as one")
	}
	tail := make([]byte, trailer)
	if _, err := f.file.ReadAt(tail, size-trailer); err != nil {
		return err
	}
	f.end = int64(binary.BigEndian.Uint64(tail))
	if f.end < int64(len(sign)) || f.end > size-trailer {
		return damaged("its end is missing")
	}
	unpacker, err := newUnpacker()
	if err != nil {
		return err
	}
	defer unpacker.Close()
	list, next, err := f.open(unpacker, listing, f.end, size-trailer)
	if err != nil {
		return err
	}
	if next != size-trailer || json.Unmarshal(list, &f.Tables) != nil {
		return damaged("its list of tables cannot be read")
	}
	return nil
}

// open opens the chunk of a number that begins somewhere and ends before an end.
func (f *File) open(unpacker *zstd.Decoder, number uint64, at, end int64) (plain []byte, next int64, err error) {
	var length [4]byte
	if end-at < int64(len(length)) {
		return nil, 0, damaged("a part is missing")
	}
	if _, err := f.file.ReadAt(length[:], at); err != nil {
		return nil, 0, err
	}
	n := int64(binary.BigEndian.Uint32(length[:]))
	at += int64(len(length))
	if n > mostSealed || n > end-at {
		return nil, 0, damaged("a part is cut off")
	}
	chunk := make([]byte, n)
	if _, err := f.file.ReadAt(chunk, at); err != nil {
		return nil, 0, err
	}
	packed, err := f.aead.Open(chunk[:0], nonce(number), chunk, []byte(sign))
	if err != nil {
		return nil, 0, damaged("a part does not open")
	}
	if plain, err = unpacker.DecodeAll(packed, nil); err != nil {
		return nil, 0, damaged("a part does not unpack")
	}
	return plain, at + n, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Rows begins to read the table of a number. The caller closes it.
func (f *File) Rows(table int) (*Rows, error) {
	unpacker, err := newUnpacker()
	if err != nil {
		return nil, err
	}
	t := f.Tables[table]
	return &Rows{file: f, table: t, unpacker: unpacker, at: t.At, left: t.Rows}, nil
}

// Rows reads the rows of a table.
type Rows struct {
	file     *File
	table    Table
	unpacker *zstd.Decoder
	plain    []byte
	// at is where the next chunk begins, chunk how many were read, and left the rows to come.
	at    int64
	chunk uint64
	left  int64
}

// Next fills cells, one for each column, with the next row; nil is no value. They are valid until
// the row after is read. io.EOF comes where all rows were given that were written.
func (r *Rows) Next(cells [][]byte) error {
	if len(r.plain) == 0 {
		if err := r.more(); err != nil {
			return err
		}
	}
	if r.left--; r.left < 0 {
		return damaged("it has more rows than were written")
	}
	for i := range cells {
		n, used := binary.Uvarint(r.plain)
		if used <= 0 {
			return damaged("a row is cut off")
		}
		r.plain = r.plain[used:]
		if n == 0 {
			cells[i] = nil
			continue
		}
		if n--; n > uint64(len(r.plain)) {
			return damaged("a row is cut off")
		}
		cells[i], r.plain = r.plain[:n:n], r.plain[n:]
	}
	return nil
}

func (r *Rows) more() (err error) {
	switch {
	case r.chunk < r.table.Chunks:
	case r.left == 0:
		return io.EOF
	default:
		return damaged("rows are missing")
	}
	r.plain, r.at, err = r.file.open(r.unpacker, r.table.First+r.chunk, r.at, r.file.end)
	r.chunk++
	if err == nil && len(r.plain) == 0 {
		return damaged("a part is empty")
	}
	return err
}

// Close lets the memory go that reading took.
func (r *Rows) Close() error {
	r.unpacker.Close()
	return nil
}
