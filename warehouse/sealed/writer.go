package sealed

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/klauspost/compress/zstd"
)

// Writer writes a file.
type Writer struct {
	file   *os.File
	aead   cipher.AEAD
	packer *zstd.Encoder
	tables []Table
	// rows are those that are not sealed yet, and bytes what all took so far.
	rows  []byte
	bytes int64
	// at is where the next chunk begins, next its number, and room how long the file may become.
	at   int64
	next uint64
	room int64
	// failed is why the file is none, and never will be.
	failed error
}

// Create makes a file, which must not exist and takes no more room than it is given, and the key
// that opens it.
func Create(path string, room int64) (w *Writer, key string, err error) {
	aead, key, err := newKey()
	if err != nil {
		return nil, "", err
	}
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		return nil, "", err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, "", err
	}
	w = &Writer{file: file, aead: aead, packer: packer, at: int64(len(sign)), room: room}
	if _, err := file.WriteString(sign); err != nil {
		return nil, "", errors.Join(err, w.Abandon())
	}
	return w, key, nil
}

// Table begins a table; the rows that follow are its.
func (w *Writer) Table(name, title string, columns []string) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.tables = append(w.tables, Table{Name: name, Title: title, Columns: columns, At: w.at, First: w.next})
	return nil
}

// Row adds a row of the table; nil is a cell without a value.
func (w *Writer) Row(cells [][]byte) error {
	t := &w.tables[len(w.tables)-1]
	if len(cells) != len(t.Columns) {
		return fmt.Errorf("a row of %d cells in a table of %d columns", len(cells), len(t.Columns))
	}
	before := len(w.rows)
	for _, cell := range cells {
		if cell == nil {
			w.rows = append(w.rows, 0)
			continue
		}
		w.rows = binary.AppendUvarint(w.rows, uint64(len(cell))+1)
		w.rows = append(w.rows, cell...)
	}
	t.Rows++
	if w.bytes += int64(len(w.rows) - before); w.bytes > mostBytes || len(w.rows)-before > mostChunk-chunkSize {
		w.failed = ErrTooLarge
		return w.failed
	}
	if len(w.rows) < chunkSize {
		return nil
	}
	return w.flush()
}

// Drop leaves out the table that was begun last. What was written of it stays, and nothing names it.
func (w *Writer) Drop() error {
	err := w.flush()
	w.tables = w.tables[:len(w.tables)-1]
	return err
}

// Tables are those that were written so far. What they are called may still be changed.
func (w *Writer) Tables() []Table { return w.tables }

// flush seals the rows that there are.
func (w *Writer) flush() error {
	if len(w.rows) == 0 {
		return nil
	}
	err := w.seal(w.next, w.rows)
	w.rows = w.rows[:0]
	w.next++
	w.tables[len(w.tables)-1].Chunks++
	return err
}

func (w *Writer) seal(number uint64, plain []byte) error {
	if w.failed == nil {
		w.failed = w.chunk(number, plain)
	}
	return w.failed
}

func (w *Writer) chunk(number uint64, plain []byte) error {
	packed := w.packer.EncodeAll(plain, make([]byte, 4, len(plain)/2+64))
	chunk := w.aead.Seal(packed[:4], nonce(number), packed[4:], []byte(sign))
	binary.BigEndian.PutUint32(chunk, uint32(len(chunk)-4))
	if w.at+int64(len(chunk))+trailer > w.room {
		return ErrNoRoom
	}
	n, err := w.file.Write(chunk)
	w.at += int64(n)
	return err
}

// Close ends the file: from here on it is whole, also after a power failure. One that could not be
// opened again is given up.
func (w *Writer) Close() error {
	err := w.flush()
	if err == nil {
		err = w.failed
	}
	if err == nil {
		err = w.list()
	}
	if err != nil {
		return errors.Join(err, w.Abandon())
	}
	return errors.Join(w.packer.Close(), w.file.Sync(), w.file.Close())
}

// list writes which tables there are, and where that stands.
func (w *Writer) list() error {
	list, err := json.Marshal(w.tables)
	if err != nil {
		return err
	}
	if len(list) > mostListing {
		return ErrTooLarge
	}
	at := w.at
	if err := w.seal(listing, list); err != nil {
		return err
	}
	_, err = w.file.Write(binary.BigEndian.AppendUint64(nil, uint64(at)))
	return err
}

// Abandon gives the file up, and deletes it.
func (w *Writer) Abandon() error {
	return errors.Join(w.packer.Close(), w.file.Close(), os.Remove(w.file.Name()))
}
