package dbsql

import (
	"context"
	"net/http"
	"net/url"
	"path"
)

// Upload puts a file into a volume, as /Volumes/main/eddy/loads/a.json, in place of one of that
// name. The API takes up to 5 GiB.
func (c *Client) Upload(ctx context.Context, name string, content []byte) error {
	return c.do(ctx, call{method: http.MethodPut, path: filePath(name), query: url.Values{"overwrite": {"true"}}, body: content, harmless: true}, nil)
}

// Remove takes a file out of a volume.
func (c *Client) Remove(ctx context.Context, name string) error {
	return c.do(ctx, call{method: http.MethodDelete, path: filePath(name), harmless: true}, nil)
}

// filePath is the file's place in the API; no name leads out of it.
func filePath(name string) string { return "/api/2.0/fs/files" + path.Join("/", name) }
