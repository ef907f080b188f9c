package duckdb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/eddy-retl/eddy"
)

// packing is what a file is compressed with.
type packing string

// What DuckDB and Eddy unpack.
const (
	plain    packing = "none"
	gzipped  packing = "gzip"
	zstdized packing = "zstd"
)

// packingOf is what a file's name says.
func packingOf(path string) packing {
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".gz"):
		return gzipped
	case strings.HasSuffix(lower, ".zst"):
		return zstdized
	default:
		return plain
	}
}

// fault is what is wrong with a file; a line of 0 is the file as a whole.
func fault(path string, line int, what, mend string) *eddy.Error {
	if line > 0 {
		path = fmt.Sprintf("%s, line %d", path, line)
	}
	return &eddy.Error{Code: eddy.CodeSource, What: path + ": " + what, Mend: mend}
}

const (
	exportAgain = "Nothing was changed. Have the file exported again, under another name that is changed to this one when it is whole."
	rename      = "Give the file the ending that it should have: .csv.gz, .json.zst and so on."
)

// input is a file that is read to its end: it is whole only when what packed it says so
// there (promise 3).
type input struct {
	path string
	file content
	info os.FileInfo
	r    io.Reader
	done func()
	// stop says that whoever wants the file gave up.
	stop func() error
}

// content is the bytes of a file: on a disk, or in memory.
type content interface {
	io.Reader
	io.ReaderAt
	io.Closer
	Stat() (os.FileInfo, error)
}

// openInput opens a file. Folders, empty files and archives are refused by name.
func openInput(path string, p packing) (*input, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, openFault(path, err)
	}
	return beginInput(path, file, p)
}

// beginInput begins to read a file that is open, and closes it where it cannot be read.
func beginInput(path string, file content, p packing) (*input, error) {
	in := &input{path: path, file: file, done: func() {}}
	if err := in.begin(p); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return in, nil
}

func (in *input) begin(p packing) (err error) {
	if in.info, err = in.file.Stat(); err != nil {
		return err
	}
	switch {
	case in.info.IsDir():
		return fault(in.path, 0, "this is a folder", "Name a file in it, or all of one kind: folder/*.csv.")
	case in.info.Size() == 0:
		return empty(in.path)
	}
	buffered := bufio.NewReaderSize(in.file, 1<<18)
	head, _ := buffered.Peek(8) // a shorter file has a shorter head
	if err := wrongKind(in.path, head, p); err != nil {
		return err
	}
	switch p {
	case gzipped:
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return in.broken(err)
		}
		in.r = z
	case zstdized:
		z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return in.broken(err)
		}
		in.r, in.done = z, z.Close
	default:
		in.r = buffered
	}
	return nil
}

func empty(path string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: path + " is empty: it does not even have a header line", Mend: "If an export writes it, that failed; run it again."}
}

// What archives and workbooks, and workbooks of before 2007, begin with.
const (
	zipSign       = "PK\x03\x04"
	oldOfficeSign = "\xd0\xcf\x11\xe0"
)

// wrongKind refuses what a file's first bytes say that it is, where it is read as something else.
func wrongKind(path string, head []byte, p packing) error {
	for _, kind := range []struct{ sign, what, mend string }{
		{zipSign, "this is a .zip archive or an Excel workbook", "Unpack the archive, or give the workbook a name that ends in .xlsx."},
		{oldOfficeSign, "this is an old Excel workbook", "Save it as an Excel workbook (.xlsx), and name that file."},
		{"BZh", "this is compressed with bzip2, which is not read", "Compress it with gzip or zstd."},
		{"\xfd7zXZ", "this is compressed with xz, which is not read", "Compress it with gzip or zstd."},
		{"\x1f\x8b", "this is compressed with gzip, and its name does not say so", rename},
		{"\x28\xb5\x2f\xfd", "this is compressed with zstd, and its name does not say so", rename},
	} {
		known := kind.sign == "\x1f\x8b" && p == gzipped || kind.sign == "\x28\xb5\x2f\xfd" && p == zstdized
		if !known && bytes.HasPrefix(head, []byte(kind.sign)) {
			return fault(path, 0, kind.what, kind.mend)
		}
	}
	return nil
}

// Read unpacks. An end is given only where the file is whole.
func (in *input) Read(p []byte) (int, error) {
	if in.stop != nil {
		if err := in.stop(); err != nil {
			return 0, err
		}
	}
	n, err := in.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = in.broken(err)
	}
	return n, err
}

// broken says what an unpacker found. Its own words have no values of the file.
func (in *input) broken(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fault(in.path, 0, "the file is cut off: its compressed end is missing", exportAgain)
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zstd.ErrCRCMismatch):
		return fault(in.path, 0, "the file is damaged: its checksum does not fit its content", exportAgain)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, zstd.ErrMagicMismatch):
		return fault(in.path, 0, "the file is not compressed as its name says, or something else follows its compressed end", rename+" Or have it exported again.")
	case isPathError(err):
		return readFault(in.path, err)
	}
	return fault(in.path, 0, "the file is damaged: it cannot be unpacked", exportAgain)
}

func openFault(path string, err error) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "open " + path, Err: err, Mend: "Check the file's name and who may read it."}
}

func readFault(path string, err error) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "read " + path, Err: err, Mend: "Check the disk, and run again."}
}

func isPathError(err error) bool {
	_, ok := errors.AsType[*os.PathError](err)
	return ok
}

// Close closes the file.
func (in *input) Close() error {
	in.done()
	return in.file.Close()
}

// unchanged says that the file under the name is still the one that was opened, so that
// what was verified is what somebody else read by its name since. What is in memory, or sealed,
// is read from nowhere else.
func (in *input) unchanged() error {
	if in.info == nil {
		return nil
	}
	now, err := os.Stat(in.path)
	if err != nil || !os.SameFile(in.info, now) || now.Size() != in.info.Size() || !now.ModTime().Equal(in.info.ModTime()) {
		return fault(in.path, 0, "the file was changed while it was read", "Nothing was changed. Run again when it is written. An export does best to write under another name, and to change that to this one when it is done.")
	}
	return nil
}
