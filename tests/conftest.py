"""What every test shares: one thread, the place of the browser, and no silent skip in CI."""

import os
import shutil

import lossnb.book  # noqa: F401  (one thread for every library, before any is loaded)

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and not os.environ.get("CI"):
        terminalreporter.section("checks that this machine skipped")
        for reason in sorted({str(report.longrepr[2]) for report in skipped}):
            terminalreporter.write_line(reason)


def pytest_sessionfinish(session, exitstatus):
    """In CI a skipped check is a failed one."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("\nCI: a check was skipped; CI skips nothing", red=True)
        session.exitstatus = 1
