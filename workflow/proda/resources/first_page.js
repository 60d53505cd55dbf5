// The summary of the run as a page of Snakemake's report, which shows first; in the menu, which leads
// to it, results come before the graph of rules.

class FirstPage extends React.Component {
    render() {
        return e("main", { id: "first-page", dangerouslySetInnerHTML: { __html: first_page } });
    }

    componentDidMount() {
        const app = this.props.app;
        document.querySelectorAll("#first-page img[data-result]").forEach((picture) => {
            const result = results[picture.dataset.result];
            if (result === undefined) {
                picture.closest("figure").remove();
                return;
            }
            picture.onload = () =>
                picture.classList.toggle("tall", picture.naturalHeight > picture.naturalWidth);
            picture.src = result.data_uri;
            picture.closest("button").onclick = () =>
                app.setView({ content: "img", contentPath: result.data_uri });
        });
    }
}

const renderOtherContent = ContentDisplay.prototype.renderContent;
ContentDisplay.prototype.renderContent = function () {
    if (this.props.app.state.content === "summary") {
        return e(FirstPage, { app: this.props.app });
    }
    return renderOtherContent.call(this);
};

Menu.prototype.render = function () {
    const about = e(ListHeading, { key: "about", text: "About this report" });
    return e(
        "ul",
        {},
        this.getMenuItem("Summary", "home", () => this.props.app.setView({ content: "summary" })),
        this.getCategoryMenumitems(),
        about,
        this.getMenuItem("Statistics", "chart", this.showStatistics),
        this.getMenuItem("Packages", "information-circle", this.props.app.showReportInfo),
        this.getMenuItem("Graph of rules", "share", this.showWorkflow)
    );
};

// The house above the menu leads to the summary, too.
const menuBreadcrumb = Navbar.prototype.getMenuBreadcrumb;
Navbar.prototype.getMenuBreadcrumb = function () {
    const setView = this.props.app.setView;
    return Object.assign(menuBreadcrumb.call(this), {
        func: () =>
            setView({
                navbarMode: "menu",
                category: undefined,
                subcategory: undefined,
                content: "summary",
            }),
    });
};
