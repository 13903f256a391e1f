#!/usr/bin/env bash
# Renders scenes of the four-leg example and cuts labelled patches from them: what models/train.py is trained and measured on.
# usage: models/make_data.sh FOLDER [PHASEWISE]
# Trained on three approaches; the west one, other seeds, and the scene "fog" are only measured.
set -euo pipefail
out=$1; phasewise=${2:-target/release/phasewise}
site=$(dirname "$0")/../intersections/four-leg/site.toml
film() { # part approach scene seed minutes
  "$phasewise" simulate "$site" --minutes "$5" --sensors camera --film "$2" --scene "$3" --seed "$4" \
    --crops "$out/$1-$2-$3-$4" >/dev/null
}
film train north sun 11 4
film train south day 12 4
film train east dusk 13 4
film train south evening 14 4
film train east night 15 4
film test west sun 1 6
film test west day 1 4
film test west dusk 1 4
film test west fog 1 4
film test west evening 1 4
film test west night 1 4
