#!/bin/sh
# Makes govuk.css from portal.scss: only the components that the pages use. Needs npm; nothing else of the project does.
set -eu
cd "$(dirname "$0")"
here=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp portal.scss "$work"
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts --no-save govuk-frontend@6.6.0 sass@1.108.2
npx --no-install sass --quiet --style=compressed --no-source-map --no-charset --load-path=. portal.scss "$here/govuk.css"
