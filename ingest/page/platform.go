package page

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// platform is how the pages of one program are known and read. The lists of marks
// are in the order of preference.
type platform struct {
	name      string
	generator string   // begins the generator's name, in lower case
	scripts   []string // what stands in scripts and their addresses
	known     []mark   // elements that only its pages have
	title     []mark
	summary   []mark
	body      []mark
	date      []mark
	author    []mark
	section   []mark
}

// platforms are tried in this order: NukeViet and WordPress name themselves, the
// folders of DNN and SharePoint turn up in pages of others.
var platforms = []*platform{
	{
		name: NukeViet, generator: "nukeviet",
		scripts: []string{"nv_base_siteurl", "nv_lang_data"},
		known:   marks("#news-bodyhtml .news_column"),
		title:   marks("h1.title h1[itemprop=headline] .news_column"),
		summary: marks(".hometext #hometext"),
		body:    marks("#news-bodyhtml .bodytext #bodytext"),
		date:    marks("span.h5 em.time .news-time .time"),
		author:  marks("[itemprop=author] .author"),
		section: marks(".active[itemprop=title]"),
	},
	{
		name: WordPress, generator: "wordpress",
		scripts: []string{"/wp-content/", "/wp-includes/"},
		known:   marks("body.wp-singular body.single-post"),
		title:   marks(".entry-title .post-title .jeg_post_title"),
		body:    marks(".entry-content .post-content .td-post-content .single-content"),
		date:    marks("time.entry-date time.published .entry-date .post-date"),
		author:  marks("a[rel=author] .author.vcard .entry-author .author-name .author"),
		section: marks("a[rel=category] .cat-links"),
	},
	{
		name: Liferay, generator: "liferay",
		scripts: []string{"Liferay.", "/o/frontend-", "/combo/?browserId"},
		known:   marks(".journal-content-article .asset-full-content .portlet-asset-publisher .asset-publisher"),
		title:   marks(".asset-title .component-title h1.title .title-detail .header-title"),
		summary: marks(".asset-summary .article-summary .sapo"),
		body:    marks(".journal-content-article .asset-full-content .asset-content"),
		date:    marks(".metadata-publish-date .metadata-display-date .asset-date .publish-date .date"),
		author:  marks(".metadata-author .asset-author .author"),
		section: marks(".metadata-categories .asset-category"),
	},
	{
		name:    VCCorp,
		scripts: []string{"mediacdn.vn", "sohatv.vn", "cnnd.vn"},
		known:   marks("[data-role=sapo] .detail-sapo .VCSortableInPreviewMode .detail-content[data-role=content] [data-role=publishdate]"),
		title:   marks("[data-role=title] .detail-title .article-title"),
		summary: marks("[data-role=sapo] .detail-sapo .sapo"),
		body:    marks("[data-role=content] .detail-content .detail-cmain .content-detail"),
		date:    marks("[data-role=publishdate] .detail-time .pdate .date-time"),
		author:  marks("[data-role=author] .detail-author .author-info .author"),
		section: marks("[data-role=cate-name] .detail-cate .category-name"),
	},
	{
		name: SharePoint, generator: "microsoft sharepoint",
		scripts: []string{"_spPageContextInfo", "/_layouts/15/", "/_layouts/1033/", "/_layouts/16/"},
		known:   marks(".ms-rtestate-field #s4-workspace #s4-bodyContainer #ctl00_PlaceHolderMain_*"),
		title:   marks(".title-detail .titleNews .news-title .tieude #ctl00_PlaceHolderMain_lblTitle #ctl00_PlaceHolderMain_lblTieuDe"),
		summary: marks(".summary-detail .news-summary .trichyeu .ms-rteDescription #ctl00_PlaceHolderMain_lblSummary"),
		body:    marks(".ms-rtestate-field .ms-rteStateField .View_Detail #View_Detail .content-detail .news-content #ctl00_PlaceHolderMain_*"),
		date:    marks(".date-detail .news-date .ngaydang #ctl00_PlaceHolderMain_lblDate #ctl00_PlaceHolderMain_lblNgayDang"),
		author:  marks(".author-detail .news-author .tacgia #ctl00_PlaceHolderMain_lblAuthor #ctl00_PlaceHolderMain_lblTacGia"),
		section: marks(".cate-detail .news-category .chuyenmuc"),
	},
	{
		name: DNN, generator: "dotnetnuke",
		scripts: []string{"/DesktopModules/", "dnn.js", "/Portals/_default/"},
		known:   marks("#dnn_ContentPane #dnn_ctr* .DnnModule"),
		title:   marks(".article_title .news-title .tieude .edn_articleTitle .TitleNews .title-detail"),
		summary: marks(".article_summary .news-summary .trichyeu .edn_articleSummary .gioithieu .Lead"),
		body:    marks(".article_content .edn_articleContent .news-content .noidung .DNNModuleContent .Normal .normal #dnn_ContentPane"),
		date:    marks(".article_date .news-date .ngaydang .edn_date .published-date"),
		author:  marks(".article_author .news-author .tacgia .edn_author"),
		section: marks(".article_category .news-category .chuyenmuc"),
	},
}

// generic is how pages of any program are read.
var generic = &platform{
	title:   marks("[itemprop=headline] h1.title h1.article-title h1.post-title h1.entry-title .title-detail .news-title .tieude-tin"),
	summary: marks("[itemprop=description] .sapo .hometext .lead .summary .article-summary .trich-yeu"),
	body:    marks("[itemprop=articleBody] .article-body .article-content .news-content .detail-content .content-detail .noidung .noi-dung .entry-content .post-content #content-detail .news-detail article [role=article]"),
	date:    marks("[itemprop=datePublished] .publish-date .published-date .news-date .ngaydang .ngay-dang .date-time .post-date .article-date time[pubdate]"),
	author:  marks("[itemprop=author] [rel=author] .author .tac-gia .tacgia"),
	section: marks("[itemprop=articleSection]"),
}

// platformOf goes by what the page calls itself, then by its elements, then by
// its scripts, which pages of one program borrow from another.
func platformOf(doc *html.Node, generator string, s *scripts) *platform {
	generator = strings.ToLower(generator)
	for _, p := range platforms {
		if p.generator != "" && strings.Contains(generator, p.generator) {
			return p
		}
	}
	for _, p := range platforms {
		if len(find(doc, p.known)) > 0 {
			return p
		}
	}
	for _, p := range platforms {
		for _, m := range p.scripts {
			if bytes.Contains(s.marks, []byte(m)) {
				return p
			}
		}
	}
	return nil
}
