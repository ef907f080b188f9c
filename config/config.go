package config

import (
	"path/filepath"

	"github.com/eddy-retl/eddy"
)

// Known says what sources and destinations this build has, by type.
type Known struct {
	Sources      map[string]Kind
	Destinations map[string]Kind
	// Beside is what connections may name as well as what their file has: that of a server which
	// a file is brought into. Nil is nothing.
	Beside *File
	// Upload checks how an uploaded list is read; nil where there are none, as in a file.
	Upload func(eddy.Upload) error
}

// beside are the names of what is there beside a file.
func (k Known) beside() (sources, destinations []string) {
	if k.Beside == nil {
		return nil, nil
	}
	return k.Beside.SourceNames, k.Beside.DestinationNames
}

// destination is one of the file, or else of what is beside it.
func (k Known) destination(f *File, name string) eddy.Destination {
	if d, ok := f.Destinations[name]; ok || k.Beside == nil {
		return d
	}
	return k.Beside.Destinations[name]
}

// source is one of the file, or else of what is beside it.
func (k Known) source(f *File, name string) eddy.Source {
	if s, ok := f.Sources[name]; ok || k.Beside == nil {
		return s
	}
	return k.Beside.Sources[name]
}

// connection is one of the file, or else of what is beside it.
func (k Known) connection(f *File, name string) (eddy.Connection, bool) {
	if c, ok := f.Connections[name]; ok || k.Beside == nil {
		return c, ok
	}
	c, ok := k.Beside.Connections[name]
	return c, ok
}

// Kind is what the check needs to know about one type of source or destination.
type Kind struct {
	// Options are the declared options; type, schema and state are keys of every source.
	Options []eddy.Option
	// Fields are what a destination's mapping may fill.
	Fields []string
	// Identities are those of the Fields that match people: a mapping needs one of
	// them. Empty leaves that unchecked.
	Identities []string
	// LocalOnly marks a source whose state is always local.
	LocalOnly bool
}

// File is a configuration file that was checked.
type File struct {
	// Path is the file as it was named, Dir its folder: relative paths start there.
	Path, Dir string

	Sources      map[string]eddy.Source
	Destinations map[string]eddy.Destination
	Connections  map[string]eddy.Connection

	// Suppress are the lists of people who are in no audience of the file, in its order.
	Suppress []eddy.Suppression

	// The names in the order of the file.
	SourceNames, DestinationNames, ConnectionNames []string
}

// Load reads and checks a configuration file. getenv is os.LookupEnv or a stand-in.
// A file that cannot be read is an *eddy.Error, one with mistakes is Problems; both
// carry eddy.CodeConfig.
func Load(path string, known Known, getenv func(string) (string, bool)) (*File, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(data, path, known, getenv)
}

// Parse checks the text of a configuration file; path only serves to name it and to
// find its folder. Its errors are Problems.
func Parse(data []byte, path string, known Known, getenv func(string) (string, bool)) (*File, error) {
	c := &checker{known: known, getenv: getenv}
	file := &File{Path: path, Dir: filepath.Dir(path)}
	if root := c.tree(data); root != nil {
		c.file(root, file)
	}
	if len(c.problems) > 0 {
		return nil, c.problems.finish(path)
	}
	return file, nil
}
