"""What makes zsh ask the program: Typer's script, mended. Those for bash and fish are well.

Typer's offers nothing at the first Tab of each shell: zsh loads the file then, as the function's
body, and that only says which function to call from now on. It loses apostrophes. And it asks the
``slipway`` on the path, not the program that was typed, such as ``.venv/bin/slipway``.
"""

from __future__ import annotations

import contextlib

# Loaded by #compdef, this is the body of a function called _slipway, which has to answer at once.
# https://zsh.sourceforge.io/Doc/Release/Functions.html#Autoloading-Functions
# Answers have '' for an apostrophe, which is nothing to zsh.
ZSH = r"""
#compdef %(prog_name)s

%(complete_func)s() {
  local answer
  answer="$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" \
    %(autocomplete_var)s=complete_zsh ${~words[1]})"
  eval ${${answer//$'\n'/ }//\'\'/\'\\\'\'}
}

compdef %(complete_func)s %(prog_name)s
if [[ $funcstack[1] == _%(prog_name)s ]]; then
  %(complete_func)s "$@"
fi
"""


def take_ours() -> None:
    """Have ``--install-completion`` and ``--show-completion`` take the script above.

    Typer has no public way. A Typer that keeps its own elsewhere installs its own.
    """
    with contextlib.suppress(ImportError, AttributeError):
        from typer import _completion_shared

        _completion_shared._completion_scripts["zsh"] = ZSH
