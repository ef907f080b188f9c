// Package dbsql runs SQL on a Databricks SQL warehouse through the public Statement Execution
// API, and puts files into volumes through the Files API. It needs nothing but HTTP, and is
// usable on its own.
//
//	c, err := dbsql.New(dbsql.Config{Host: "https://dbc-1.cloud.databricks.com", Warehouse: "abcdef0123456789", HTTP: client, Login: dbsql.Token(token)})
//	r, err := c.Run(ctx, dbsql.Statement{SQL: "SELECT id FROM shop.customers WHERE city = :city", Parameters: []dbsql.Parameter{{Name: "city", Value: &city}}})
//	err = r.Rows(ctx, func(row [][]byte) error { … })
//
// What it relies on, from https://docs.databricks.com/api/workspace/statementexecution (SE),
// the pages of log-ins https://docs.databricks.com/dev-tools/auth/oauth-m2m (M2M) and
// https://docs.databricks.com/dev-tools/auth/oauth-federation-exchange (WIF), and
// https://docs.databricks.com/api/workspace/files (F):
//
//   - A statement that is sent with wait_timeout=0s is answered at once, with its id; whoever
//     stops asking for its state does not stop it, and it lives on for 15 minutes unasked (SE). So
//     a statement has an id before anybody can want to cancel it, and Run asks at least every two
//     seconds.
//   - A cancellation "might silently fail": its answer says that it was received, and only a final
//     state says how the statement ended (SE). Run asks on until there is one.
//   - Each statement is a session of its own: SET, USE and temporary views do not outlive it.
//   - Results come inline as JSON, up to 25 MiB, where more fails the statement; or as links to
//     storage, up to 100 GiB, where more is cut off and the manifest says truncated (SE). A result
//     that was cut off is an error here.
//   - Links end after at most 15 minutes and are asked for again by the number of their chunk. They
//     carry their own credential, so that no Authorization header may go to them, and they are not
//     to be told to anybody (SE). Results are there for an hour after the statement succeeded (SE).
//   - The manifest tells the rows of the result and of its chunks, and their bytes where there are
//     links (SE). All that is handed out is counted against it: too few rows are an error, and never
//     a shorter result.
//   - A chunk is believed in how many columns and buffers it says that it has: the library makes room
//     for them. Who must fear the workspace, or its storage, gives the process a limit of memory.
//   - 429 and 503 say with Retry-After when to come again, and that nothing was done. A statement
//     is sent a second time after these, or where no connection was made; a question may be asked again always.
//   - Log-ins are tokens: personal ones, and those that POST /oidc/v1/token gives for a secret (M2M)
//     or for a token of another provider (WIF). These live an hour, or less, and are renewed before.
package dbsql
