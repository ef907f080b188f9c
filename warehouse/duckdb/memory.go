package duckdb

// DuckDB writes whole blocks, and does not clear what lies between the values in them. That
// is memory it used before, in which raw values of a model may have lain: without the
// following they would be found in the state file (promise 10). It cannot be told to clear
// blocks, but the allocator that it brings on Linux can, by a variable that is read when
// the process starts, before Go runs. The other half is stateBlocks.

// #ifdef __linux__
// #include <stdlib.h>
// __attribute__((constructor(101))) static void eddy_clear_memory(void) {
//   setenv("DUCKDB_JE_MALLOC_CONF", "zero:true", 1);
// }
// #endif
import "C"

// stateBlocks gives the state file blocks of another size than those of every other table
// and file. When memory is short, DuckDB hands the memory of one block to the next of the
// same size as it is; so it never hands a raw value's to the state.
const stateBlocks = "BLOCK_SIZE 131072"
