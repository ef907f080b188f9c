// Package config reads the YAML configuration file: it parses, checks and explains it.
//
// A file has three sections: sources, destinations and connections. Load and Parse
// return either a whole File or every problem of it at once, each with its line, its
// column, the key and, where one can be guessed, the cure. Nothing is half loaded.
//
// ${NAME} in a value, also inside a longer one, stands for the environment variable
// NAME. What a variable holds is always one text: it never becomes YAML structure. A
// variable that is not set is a problem. $${ is the escape: it gives the two characters
// ${ as they stand. A $ without a brace means nothing special, so SQL keeps its $1.
//
// No problem ever shows a secret: values of variables are never shown, nor are values
// of options other than a slip in a closed list of choices, and a line that YAML cannot
// read is shown without what may be a secret in it (promise 10).
//
// The file may use anchors, aliases and merge keys (<<). Files are at most 1 MiB.
package config
