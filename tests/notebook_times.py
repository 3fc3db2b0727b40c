"""A pytest plugin for the run of nbval: reports the time of each notebook."""

from collections import defaultdict

BUDGET = 60.0  # seconds a notebook on two cores: the book's rule, reported, never asserted


def pytest_terminal_summary(terminalreporter):
    seconds = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and ".ipynb" in getattr(report, "nodeid", ""):
                seconds[report.nodeid.split("::")[0]] += report.duration
    if not seconds:
        return
    terminalreporter.section("time of each notebook")
    for name, value in sorted(seconds.items(), key=lambda item: -item[1]):
        over = "  over the budget of a notebook" if value > BUDGET else ""
        terminalreporter.write_line(f"{value:6.1f} s  {name}{over}")
    terminalreporter.write_line(f"{sum(seconds.values()):6.1f} s  all")
