#!/usr/bin/env bash
# Opens a report in headless Chromium and checks what a reader would see: the page has rendered, every figure holds a chart
# with a title, the console is silent, nothing is asked from the network.
#   tests/browser/report.sh REPORT.html
#   tests/browser/report.sh --find        prints the browser that would be used
set -euo pipefail

find_browser() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$name" ] && command -v "$name"; then return; fi
    done
    return 1
}

fail() { printf 'browser test failed: %s\n' "$*" >&2; exit 1; }

if [ "${1:-}" = --find ]; then
    find_browser
    exit
fi
browser="$(find_browser)" || fail "no Chromium found"
report="$(realpath "$1")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# A page's own requests show in the network log with the page as their initiator; the browser's own do not.
open_page() {
    timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-extensions \
        --disable-background-networking --disable-component-update --disable-sync --disable-default-apps \
        --user-data-dir="$work/profile" --enable-logging=stderr --log-net-log="$work/net.json" \
        --virtual-time-budget=5000 --window-size="$1" --blink-settings=preferredColorScheme="$2" \
        --dump-dom "file://$report" > "$work/dom.html" 2> "$work/log.txt" || fail "the browser ended with an error: $(tail -3 "$work/log.txt")"
}

check_page() {
    grep -q '</html>' "$work/dom.html" || fail "the page did not render"
    if grep -E 'CONSOLE' "$work/log.txt"; then fail "the console is not silent"; fi
    # URLs of the page's requests; file: is the page itself, data: is part of it.
    if grep -oE '"url":"(https?|wss?)://[^"]*"' "$work/net.json" | grep -vE '//[^/"]*(google|gstatic|googleapis|gvt1)\.com' | sort -u | grep .; then
        fail "the page asks the network"
    fi
    if grep -oE "(src|href)=[\"'](https?:)?//[^\"']*" "$work/dom.html" | grep -v '^href' ; then fail "the page loads from elsewhere"; fi
    if grep -nE '@import|url\(["'\'']?https?:' "$work/dom.html"; then fail "a style loads from elsewhere"; fi
    charts="$(grep -oE '<svg[^>]*role="img"' "$work/dom.html" | wc -l)"
    titles="$(grep -oE '<title( [^>]*)?>[^<]+</title>' "$work/dom.html" | wc -l)"
    [ "$charts" -ge "$expected" ] || fail "$charts charts, expected at least $expected"
    [ "$titles" -gt "$charts" ] || fail "$titles titles for the page and $charts charts"
}

# Every picture beside the report must be in it too.
expected="$(find "$(dirname "$report")" -maxdepth 1 -name '*.svg' | wc -l)"
[ "$expected" -ge 1 ] || fail "no picture beside $report"
for size in 1280,2000 400,2000; do
    for scheme in 0 1; do
        open_page "$size" "$scheme"
        check_page
        echo "opened at $size, colour scheme $scheme: $charts charts, console silent, no request"
    done
done
