package rediscache

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// dial makes the client that a URL asks for. It does not connect yet.
func dial(config Config) (redis.UniversalClient, error) {
	u, err := url.Parse(config.URL)
	if err != nil {
		// The whole error would show the URL, and with it the password.
		var shows *url.Error
		if errors.As(err, &shows) {
			err = shows.Err
		}
		return nil, err
	}
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	t := config.Timeout
	switch query := u.Query(); {
	case query.Has("master_name"):
		o, err := redis.ParseFailoverURL(config.URL)
		if err != nil {
			return nil, err
		}
		if config.Password != "" {
			o.Password = config.Password
		}
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = t, t, t, t
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
		return redis.NewFailoverClient(o), nil
	case query.Has("addr") || u.Scheme == "redis+cluster" || u.Scheme == "rediss+cluster":
		if u.Path != "" && u.Path != "/" {
			return nil, fmt.Errorf("a cluster has no database number: %s", u.Path)
		}
		if u.Scheme == "redis+cluster" {
			u.Scheme = "redis"
		} else if u.Scheme == "rediss+cluster" {
			u.Scheme = "rediss"
		}
		o, err := redis.ParseClusterURL(u.String())
		if err != nil {
			return nil, err
		}
		if config.Password != "" {
			o.Password = config.Password
		}
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = t, t, t, t
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
		o.MaintNotificationsConfig = quiet
		return redis.NewClusterClient(o), nil
	default:
		o, err := redis.ParseURL(config.URL)
		if err != nil {
			return nil, err
		}
		if config.Password != "" {
			o.Password = config.Password
		}
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = t, t, t, t
		o.MaxRetries, o.DialerRetries, o.ContextTimeoutEnabled = -1, 1, true
		o.MaintNotificationsConfig = quiet
		return redis.NewClient(o), nil
	}
}

// timeout is the default of [Config.Timeout].
const timeout = 500 * time.Millisecond
