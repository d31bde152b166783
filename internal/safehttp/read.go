package safehttp

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	// A body is a bomb when it grows beyond maxRatio times what came over the
	// wire; small ones are let be, they do no harm. Feeds stay below 60.
	maxRatio    = 200
	ratioFrom   = 1 << 20
	maxCodings  = 2
	wireSlack   = 64 << 10 // a coding may make incompressible bytes a little longer
	readAtOnce  = 32 << 10
	firstBuffer = 16 << 10
)

// read returns the decoded body of a response and closes it. More than limit
// bytes are an error, and what was read of them is gone.
func read(res *http.Response, limit int64) (body []byte, truncated bool, err error) {
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusNotModified || res.StatusCode == http.StatusNoContent || res.Request.Method == http.MethodHead {
		return nil, false, nil
	}
	codings, err := codingsOf(res.Header)
	if err != nil {
		return nil, false, err
	}
	wire := &meter{r: res.Body, left: limit + 1}
	if len(codings) > 0 {
		wire.left += wireSlack
	}
	var r io.Reader = wire
	for i := len(codings) - 1; i >= 0; i-- { // the last one was applied last
		if r, err = decoded(codings[i], r); err != nil {
			return nil, errors.Is(err, io.ErrUnexpectedEOF), ignoreEOF(err)
		}
	}
	return drain(r, wire, limit, len(codings) > 0)
}

func drain(r io.Reader, wire *meter, limit int64, coded bool) ([]byte, bool, error) {
	out := bytes.NewBuffer(make([]byte, 0, min(limit, firstBuffer)))
	chunk := make([]byte, readAtOnce)
	for {
		n, err := r.Read(chunk)
		out.Write(chunk[:n])
		switch {
		case int64(out.Len()) > limit:
			return nil, false, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
		case coded && out.Len() > ratioFrom && int64(out.Len()) > maxRatio*wire.n:
			return nil, false, fmt.Errorf("%w: %w", ErrTooLarge, errRatio)
		case err == io.EOF:
			return out.Bytes(), false, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return out.Bytes(), true, nil
		case err != nil:
			return nil, false, fmt.Errorf("read body: %w", err)
		}
	}
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// codingsOf lists the content codings in the order in which they were applied
// (RFC 9110 section 8.4).
func codingsOf(h http.Header) ([]string, error) {
	var out []string
	for _, field := range h.Values("Content-Encoding") {
		for name := range strings.SplitSeq(field, ",") {
			switch name = strings.ToLower(strings.TrimSpace(name)); name {
			case "", "identity", "none", "utf-8": // the last two are seen, and mean nothing
			case "gzip", "x-gzip":
				out = append(out, "gzip")
			case "deflate":
				out = append(out, "deflate")
			default:
				return nil, fmt.Errorf("%w: %.20q", ErrUnknownEncoding, name)
			}
		}
	}
	if len(out) > maxCodings {
		return nil, fmt.Errorf("%w: %d codings over each other", ErrTooLarge, len(out))
	}
	return out, nil
}

// decoded undoes one coding. Servers that name a coding and send plain bytes
// are believed by their bytes.
func decoded(coding string, r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 4<<10)
	head, err := br.Peek(2)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(head) < 2 {
		return br, nil
	}
	switch {
	case coding == "gzip" && head[0] == 0x1f && head[1] == 0x8b:
		zr, err := gzip.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("read gzip body: %w", noEOF(err))
		}
		return zr, nil
	case coding == "gzip":
		return br, nil
	// RFC 9110 section 8.4.1.2 wants the zlib format; some send bare deflate.
	case head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0:
		zr, err := zlib.NewReader(br)
		if err != nil {
			return nil, fmt.Errorf("read deflate body: %w", noEOF(err))
		}
		return zr, nil
	case head[0] == '<' || head[0] == '{':
		return br, nil
	}
	return flate.NewReader(br), nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// meter counts what comes over the wire and ends it at a limit: a stream of
// empty gzip members grows without ever giving a byte.
type meter struct {
	r       io.Reader
	n, left int64
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, fmt.Errorf("%w: too many bytes on the wire", ErrTooLarge)
	}
	if int64(len(p)) > m.left {
		p = p[:m.left]
	}
	n, err := m.r.Read(p)
	m.n += int64(n)
	m.left -= int64(n)
	return n, err
}
