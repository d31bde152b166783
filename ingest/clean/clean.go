// Package clean turns foreign strings into the normal form of feeds.Article.
package clean
