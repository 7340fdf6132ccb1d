"""What made notebooks are made of: a move is one cell, with the kinds of the names it needs and makes.

`#` becomes a constant that stands nowhere else in the notebook, `{v}` a name. `v:list` is a name of that kind.
After `~` stand names whose objects the cell changes; they may be what the target is chosen from.
"""

# ruff: noqa: E501  # a move is one line
# fmt: off

from __future__ import annotations

from typing import NamedTuple


class Move(NamedTuple):
    """One kind of cell."""

    text: str
    needs: str = ""
    makes: str = ""
    ends: str = ""
    """Names that are not there afterwards, or not to be used."""

PLAIN = (
    Move("{a} = #", "", "a:int"),
    Move("{a} = {b} * 3 + #", "b:int", "a:int"),
    Move("{a} = {b} * 5 + {c} * 7 + #", "b:int c:int", "a:int"),
    Move("{b} += #", "b:int"),
    Move("{a}, {b} = {b}, {a}", "a:int b:int"),
    Move("{a} = {c} = #", "", "a:int c:int"),
    Move("{a}, *{v} = [#, #, {b}]", "b:int", "a:int v:list"),
    Move("{s} = f'{{{b}}}-#'", "b:int", "s:str"),
    Move("{s} = {t} + '#'", "t:str", "s:str"),
    Move("{s} = '{{}} and {{}}'.format({b}, {t})", "b:int t:str", "s:str"),
    Move("{s} = '%d %s' % ({b}, {t})", "b:int t:str", "s:str"),
    Move("{f} = True", "", "f:yes"),
    Move("{f} = False", "", "f:no"),
    Move("{f} = {b} > 0", "b:int", "f:yes"),
    Move("{a} = {b} if {f} else {c} * #", "b:int c:int f:yes", "a:int"),
    Move("{a} = {b} + # if {f} else {c}", "b:int c:int f:no", "a:int"),
    Move("if {f}:\n    {a} = {b} + #\nelse:\n    {a} = {c}", "b:int c:int f:yes", "a:int"),
    Move("if {f}:\n    {a} = {b}\nelif {g}:\n    {a} = {c} + #\nelse:\n    {a} = 0", "b:int c:int f:no g:yes", "a:int"),
    Move("if {f}:\n    {b} = {c} + #", "b:int c:int f:no"),
    Move("if {f}:\n    {v}.append({c} + #)", "v:list c:int f:yes"),
    Move("if {f}:\n    {v}.append({c})\nelse:\n    {v}.append(#)", "v:list c:int f:no"),
    Move("if not {f} and {b} > 0:\n    {a} = {b} + #\nelse:\n    {a} = -1", "b:int f:no", "a:int"),
    Move("{a} = {f} and {c} + # or {b}", "b:int c:int f:yes", "a:int"),
    Move("{a} = #\nfor {i} in {v}:\n    {a} = {a} * 3 + {i}", "v:list", "a:int i:int"),
    Move("{a} = #\nfor i in range(3):\n    if {f}:\n        {a} += {b}\n    else:\n        {a} += {c}", "b:int c:int f:yes", "a:int"),
    Move("{a} = {b}\nfor i in []:\n    {a} += {c}", "b:int c:int", "a:int"),
    Move("n = 0\n{a} = #\nwhile n < 3:\n    n += 1\n    if n == 5:\n        {a} += {c}\n    {a} += {b} * n", "b:int c:int", "a:int"),
    Move("{w} = []\nfor i in {v}:\n    if i < 0:\n        {w}.append({c})\n        continue\n    {w}.append(i * #)", "v:list c:int", "w:list"),
    Move("for i, x in enumerate({v}):\n    {v}[i] = x + #", "v:list"),
    Move("{w} = [x + {b} for x in {v}] + [#]", "v:list b:int", "w:list"),
    Move("{w} = [x + # for x in {v} if x > 0]", "v:list", "w:list"),
    Move("{w} = [{b} if x < 0 else {c} + x for x in {v}]", "v:list b:int c:int", "w:list"),
    Move("{d} = {{k: {b} + # for k in 'xyz'}}", "b:int", "d:dict"),
    Move("if ({a} := sum({v}) + #) > 0:\n    {b} = {a} + 1", "v:list b:int", "a:int"),
    Move("try:\n    {a} = {d}['missing']\nexcept KeyError:\n    {a} = {b} + #", "d:dict b:int", "a:int"),
    Move("try:\n    {a} = {b} + #\nexcept ValueError:\n    {a} = {c}\nelse:\n    {a} += 1", "b:int c:int", "a:int"),
    Move("try:\n    {v}.append(#)\nfinally:\n    {v}.append({b})", "v:list b:int"),
    Move("match {b} > 0:\n    case True:\n        {a} = {b} + #\n    case _:\n        {a} = {c}", "b:int c:int", "a:int"),
    Move("match [{b}, {c}]:\n    case [x, y]:\n        {a} = x * # + y", "b:int c:int", "a:int"),
    Move("del {b}", "b:int", "", "b"),
    Move("del {v}", "v:list", "", "v"),
    Move("assert {b} > -10**9", "b:int"),
    Move("print({b}, {v})", "b:int v:list"),
    Move("{b} + 1", "b:int"),
    Move("len({v})\nsorted({v})", "v:list"),
    Move("{a} = sum(map(lambda x: x * {b}, {v})) + #", "v:list b:int", "a:int"),
    Move("{a} = sum(x * {b} for x in {v}) + #", "v:list b:int", "a:int"),
    Move("{a} = max({v}, key=lambda x: x * {b}) + sum({v})", "v:list b:int", "a:int"),
)

CONTAINERS = (
    Move("{v} = [#, #]", "", "v:list"),
    Move("{v} = [{b}, #]", "b:int", "v:list"),
    Move("{v}.append(#)", "v:list"),
    Move("{v}.append({b})", "v:list b:int"),
    Move("{v}.extend({w} + [#])", "v:list w:list"),
    Move("{v}.insert(0, {b} + #)", "v:list b:int"),
    Move("{v} += [#]", "v:list"),
    Move("{v} = {v} + [#]", "v:list"),
    Move("{v}[0] = {b} + #", "v:list b:int"),
    Move("{v}[:1] = [#, #]", "v:list"),
    Move("{v}.sort(reverse=True)\n{v}.append(#)", "v:list"),
    Move("{v}.reverse()\n{v}.append(#)", "v:list"),
    Move("{w} = {v}", "v:list", "w:list"),
    Move("{w} = list({v})", "v:list", "w:list"),
    Move("{w} = {v}[:] + [#]", "v:list", "w:list"),
    Move("{a} = {v}.pop() + #\n{v}.append(#)", "v:list", "a:int"),
    Move("{n} = [{v}, {w}]", "v:list w:list", "n:nest"),
    Move("{n}[0].append(#)", "n:nest"),
    Move("{n}.append([#])", "n:nest"),
    Move("{v} = {n}[0]", "n:nest", "v:list"),
    Move("{m} = {n}.copy()", "n:nest", "m:nest"),
    Move("import copy\n{m} = copy.deepcopy({n})\n{m}.append([#])", "n:nest", "m:nest"),
    Move("for row in {n}:\n    row.append({b})", "n:nest b:int"),
    Move("{n} = [[#]] * 2", "", "n:nest"),
    Move("{d} = {{'x': #, 'y': {b}}}", "b:int", "d:dict"),
    Move("{d} = dict(x=#)", "", "d:dict"),
    Move("{d}['k#'] = {b}", "d:dict b:int"),
    Move("{d}.update({e})\n{d}['u'] = #", "d:dict e:dict"),
    Move("{d}.setdefault('s#', {b})", "d:dict b:int"),
    Move("{d}['x'] = {d}.get('x', 0) + #", "d:dict"),
    Move("{e} = {d}", "d:dict", "e:dict"),
    Move("{e} = {{**{d}, 'z': #}}", "d:dict", "e:dict"),
    Move("{e} = {d} | {{'o': {b}}}", "d:dict b:int", "e:dict"),
    Move("{a} = {d}.pop('x', 5) + #\n{d}['x'] = #", "d:dict", "a:int"),
    Move("{w} = sorted({d}.values())", "d:dict", "w:list"),
    Move("for k in {d}:\n    {d}[k] = {d}[k] + #", "d:dict"),
    Move("{l} = {{'p': {v}, 'q': [#]}}", "v:list", "l:dlist"),
    Move("{l}['p'].append(#)", "l:dlist"),
    Move("{l}['q'].append({b})", "l:dlist b:int"),
    Move("{w} = {l}['p']", "l:dlist", "w:list"),
    Move("for key, rows in {l}.items():\n    rows.append(#)", "l:dlist"),
    Move("{s} = {{#, {b}}}", "b:int", "s:set"),
    Move("{s}.add(#)", "s:set"),
    Move("{s} |= {{{b}}}", "s:set b:int"),
    Move("{t} = {s} | {{#}}", "s:set", "t:set"),
    Move("from collections import deque\n{q} = deque({v})", "v:list", "q:deque"),
    Move("{q}.appendleft(#)", "q:deque"),
    Move("{q}.rotate(1)\n{q}.append(#)", "q:deque"),
    Move("{v} = list({q})", "q:deque", "v:list"),
    Move("from collections import defaultdict\n{l} = defaultdict(list)\n{l}['p'].append(#)\n{l}['q'].append({b})", "b:int", "l:dlist"),
    Move("from collections import Counter\n{d} = Counter(x=#)\n{d}.update({e})", "e:dict", "d:dict"),
    Move("import heapq\nheapq.heappush({v}, #)", "v:list"),
    Move("{t} = ({b}, {v})", "b:int v:list", "t:tuple"),
    Move("{t}[1].append(#)", "t:tuple"),
    Move("{v} = {t}[1]", "t:tuple", "v:list"),
    Move("{g} = iter({v} + [#, #, #, #])", "v:list", "g:iter"),
    Move("{g} = (x + {b} for x in {v} + [#, #, #, #])", "v:list b:int", "g:iter"),
    Move("{a} = next({g}, 0) + #", "g:iter", "a:int"),
    Move("next({g}, None)", "g:iter"),
    Move("{w} = list({g}) + [#]", "g:iter", "w:list", "g"),
    Move("{g} = zip({v} + [#, #], range(9))", "v:list", "p:pairs g:pairs"),
    Move("{b} = bytearray([1, 2, 3])\n{b}[0] = # % 200", "", "b:bytes"),
    Move("{b}.append(# % 200)", "b:bytes"),
)
