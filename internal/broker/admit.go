package broker

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"

	"github.com/nats-io/nats-server/v2/server"
)

// Grant is what a client of the embedded server may do.
type Grant struct {
	// Name is shown in the server's log, and given to [Broker.Recheck].
	Name string
	// Publish are the subjects that the client may publish on. It may also hear
	// the acknowledgements, on _INBOX.>, and nothing else. Nil means that it may do
	// everything.
	Publish []string
}

// Admit decides whether a client with this user and password may connect. It is
// called for each connection and must not block.
type Admit func(user, password string) (Grant, bool)

// ownUser is loa itself, on the connection inside of the process. Its password is
// made at each start.
const ownUser = "$loa"

// ownInbox is where loa's own connection gets its answers: publishers, who may
// listen on _INBOX.>, do not hear them.
const ownInbox = "_LOA"

// gate is the embedded server's authentication.
type gate struct {
	own   string // password of ownUser
	admit Admit
}

var _ server.Authentication = (*gate)(nil)

func newGate(a Admit) *gate {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return &gate{own: base64.RawURLEncoding.EncodeToString(b), admit: a}
}

// Check is asked by the server when a client connects.
func (g *gate) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if o.Username == ownUser {
		return subtle.ConstantTimeCompare([]byte(o.Password), []byte(g.own)) == 1
	}
	// A key would be shown in the place of the user, whom Recheck goes by.
	if o.Nkey != "" {
		return false
	}
	// RegisterUser writes the grant's name into o.
	user, password := o.Username, o.Password
	if password == "" {
		password = o.Token
	}
	grant, ok := g.admit(user, password)
	if !ok {
		return false
	}
	u := &server.User{Username: grant.Name}
	if grant.Publish != nil {
		u.Permissions = &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: grant.Publish},
			Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
		}
	}
	c.RegisterUser(u)
	// Once more, now that Recheck can see the client: else one that came just as
	// its grant ended would keep it.
	again, ok := g.admit(user, password)
	return ok && again.Name == grant.Name
}

// Recheck ends the connections of the embedded server's clients whose grant, by
// its name, does not hold any more. They may connect again with what they have.
func (b *Broker) Recheck(holds func(grant string) bool) {
	if b.srv == nil {
		return
	}
	z, err := b.srv.Connz(&server.ConnzOptions{Username: true, Limit: 1 << 20})
	if err != nil {
		return // the server stops
	}
	for _, c := range z.Conns {
		if c.AuthorizedUser != ownUser && c.AuthorizedUser != "" && !holds(c.AuthorizedUser) {
			_ = b.srv.DisconnectClientByID(c.Cid) // it may have gone
		}
	}
}
