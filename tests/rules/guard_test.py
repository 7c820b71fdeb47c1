from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gtlib.rules.guard import why_denied
from gtlib.rules.guard_files import Facts
from gtlib.rules.shell_text import commands

TREE = "/srv/town/web/polecats/toast"
FACTS = Facts(
    role="polecat", town="/srv/town", worktree=TREE, cwd=TREE, target="main", branch="polecat/toast/we-1"
)

# What stands before `=>` is denied, with words that hold what stands behind it.
DENIED = r"""
sudo apt-get install jq => root
sudo -u postgres psql => root
/usr/bin/sudo ls => root
doas ls => root
su -c 'rm -rf x' => root
echo hi && sudo systemctl restart x => root
apt-get install -y jq => machine
apt install jq => machine
DEBIAN_FRONTEND=noninteractive apt-get -y install jq => machine
yum install jq => machine
dnf -y install jq => machine
apk add git => machine
pacman -Syu => machine
brew install jq => machine
snap install x => machine
dpkg -i x.deb => machine
npm install -g typescript => machine
npm i --global x => machine
pip install --break-system-packages x => machine
rm -rf / => worktree
rm -rf /* => worktree
rm -fr / => worktree
rm -r -f / => worktree
rm --recursive --force / => worktree
rm -rf --no-preserve-root / => everything
rm -rf ~ => worktree
rm -rf ~/ => worktree
rm -rf ~/projects => worktree
rm -rf ~root => worktree
rm -rf $HOME => worktree
rm -rf "$HOME/x" => worktree
rm -rf ${HOME}/.ssh => worktree
rm -rf .. => worktree
rm -rf ../ => worktree
rm -rf ../nux => worktree
rm -rf . => worktree
rm -rf * => worktree
rm -rf ./* => worktree
rm -rf /srv/town => worktree
rm -rf /srv/town/web/polecats/toast => worktree
rm -rf /srv/town/web/polecats/nux/src => worktree
rm -rf /etc /tmp/x => worktree
rm -rf src/../../nux => worktree
rm -rf -- /usr => worktree
rm -rf .git => repository
rm .git => repository
cd .. && rm -rf nux => worktree
cd / ; rm -rf usr => worktree
(cd /srv && rm -rf town) => worktree
find / -name x -delete => worktree
find .. -delete => worktree
find /srv -exec rm -rf {} \; => worktree
find . -exec git push origin main \; => default branch
echo / | xargs rm -rf => worktree
rmdir /srv/town => worktree
git push origin main => default branch
git push origin master => default branch
git push origin HEAD:main => default branch
git push origin HEAD:refs/heads/main => default branch
git push origin polecat/toast/we-1:main => default branch
git push origin +HEAD:main => default branch
git push origin :main => default branch
git push --delete origin main => default branch
git push -u origin main => default branch
git push origin polecat/toast/we-1 main => default branch
git push origin 'main' => default branch
git "push" origin "main" => default branch
'git' push origin main => default branch
g\it push origin main => default branch
git -C . push origin main => default branch
git -C /srv/town/web/polecats/nux push origin main => default branch
git -c user.name=x push origin main => default branch
git --git-dir=.git push origin main => default branch
git --git-dir .git push origin main => default branch
git --no-pager push origin main => default branch
git -c push.default=upstream push => default branch
git -c alias.p='push origin main' p => default branch
/usr/bin/git push origin main => default branch
GIT_SSH=x git push origin main => default branch
env GIT_SSH=x git push origin main => default branch
env -u HOME git push origin main => default branch
env -S 'git push origin main' => default branch
timeout 60 git push origin main => default branch
timeout -k 5 60 git push origin main => default branch
nohup git push origin main & => default branch
nice -n 5 git push origin main => default branch
command git push origin main => default branch
exec git push origin main => default branch
time git push origin main => default branch
! git push origin main => default branch
cd src && git push origin main => default branch
true; git push origin main => default branch
true || git push origin main => default branch
git commit -m x && git push origin HEAD:main => default branch
if true; then git push origin main; fi => default branch
for b in a; do git push origin main; done => default branch
{ git push origin main; } => default branch
(git push origin main) => default branch
echo $(git push origin main) => default branch
echo "`git push origin main`" => default branch
echo "done: $(git push origin main)" => default branch
diff <(git push origin main) x => default branch
sh -c "git push origin main" => default branch
bash -lc 'cd x; git push origin main' => default branch
bash -e -c "git push origin main" => default branch
bash -o pipefail -c "git push origin main" => default branch
sh -c "sh -c 'git push origin main'" => default branch
eval "git push origin main" => default branch
eval git push origin main => default branch
echo "git push origin main" | sh => default branch
bash <<< "git push origin main" => default branch
echo main | xargs git push origin => default branch
git push origin main 2>&1 | tail -3 => default branch
git push origin main > /dev/null => default branch
git push . HEAD:main => default branch
git push https://example.invalid/x.git HEAD:main => default branch
git push origin "$(git branch --show-current):main" => default branch
git push origin $BRANCH:main => default branch
git push origin 'refs/heads/*:refs/heads/*' => default branch
git push --all origin => every branch
git push --mirror => every branch
git push -f => force
git push --force => force
git push -fu origin polecat/toast/we-1 => force
git push origin polecat/toast/we-1 --force => force
git push origin +polecat/toast/we-1 => force
git push origin --delete polecat/nux/we-2 => delete
git push origin :polecat/nux/we-2 => delete
git send-pack origin HEAD:main => default branch
git reset --hard => git restore
git reset --hard origin/main => git restore
git reset -q --hard HEAD~1 => git restore
git clean -f => git clean -n
git clean -fdx => git clean -n
git clean -xdf . => git clean -n
git clean --force -d => git clean -n
git stash => own branch
git stash push -m x => own branch
git stash pop => own branch
git stash drop => own branch
git checkout -b fix => branch
git checkout -B fix => branch
git checkout -qb fix => branch
git checkout --orphan x => branch
git switch -c fix => branch
git switch --create fix => branch
git branch -D main => branch
git branch -d polecat/nux/we-2 => branch
git branch --delete x => branch
git branch -m new => branch
git worktree remove ../nux => gt polecat
git worktree remove --force /srv/town/web/polecats/nux => gt polecat
git worktree prune => gt polecat
git update-ref refs/heads/main HEAD => gt done
git reflog expire --expire=now --all => leave it alone
git gc --prune=now => leave it alone
git filter-branch --tree-filter x => leave it alone
gh pr create --fill => gt done
gh pr merge 5 --squash => gt done
gh --repo a/b pr create => gt done
gh api -X PUT repos/a/b/pulls/5/merge => gt done
gh repo delete a/b => overseer
glab mr create => gt done
hub pull-request => gt done
psql -c "DROP TABLE users" => overseer
psql -c 'truncate users' => overseer
sqlite3 x.db "drop table a" => overseer
mysql -e "drop  database prod" => overseer
echo "DROP TABLE users;" | psql => overseer
dropdb prod => overseer
mkfs.ext4 /dev/sda1 => root
dd if=/dev/zero of=/dev/sda => root
chmod -R 777 / => root
shutdown -h now => root
tmux kill-server => gt session stop
pkill -f claude => gt session stop
killall codex => gt session stop
pkill node => gt session stop
pkill -x make => gt session stop
pkill -9 -f claude => gt session stop
pkill -f "python -m gtlib.deacon" => gt session stop
killall -9 python => gt session stop
pkill -u me => gt session stop
kill $(pgrep node) => process id
pgrep node | xargs kill => process id
kill -1 => every process
kill -9 -1 => every process
kill -s KILL -1 => every process
kill -TERM -- -1 => every process
git checkout . => name the files
git checkout -f => name the files
git checkout -qf . => name the files
git checkout -- . => name the files
git checkout HEAD -- :/ => name the files
git checkout -- * => name the files
cd src && git checkout ../ => name the files
git checkout -- /srv/town/web/polecats/toast => name the files
git switch --discard-changes main => name the files
git restore . => name the files
git restore -SW . => name the files
git restore --source=HEAD :/ => name the files
git reset --merge => git restore
git reset --keep HEAD~1 => git restore
git rm -rf . => name the files
find . -delete => worktree
find -type f -delete => worktree
find . -not -name x -delete => worktree
find . -exec rm -rf {} + => worktree
rm -rf $PWD => worktree
rm -rf "${PWD}"/* => worktree
rm -rf "$(pwd)" => worktree
rm -rf .[!.]* => worktree
rm -rf {*,.*} => worktree
git --work-tree=.. checkout -- x => own worktree
git --work-tree /srv/town checkout -- x => own worktree
GIT_WORK_TREE=.. git checkout -- x => own worktree
git config remote.origin.push HEAD:main => every worktree
git config --add remote.origin.push +refs/heads/* => every worktree
git config push.default matching => every worktree
git config core.hooksPath /dev/null => every worktree
git -c remote.origin.push=HEAD:main push => default branch
git push origin $BRANCH => say its name
git push origin "HEAD:${TARGET}" => say its name
git push origin HEAD:$(cat target) => say its name
B=main; git push origin HEAD:$B => default branch
gt polecat nuke web/nux => polecat's
gt down => polecat's
gt allow formulas/x.formula.toml => polecat's
gt --json deacon stop => polecat's
echo "unclosed; git push origin main => plain commands
echo 'unclosed; sudo ls => plain commands
( rm -rf / => plain commands
"""

ALLOWED = r"""
ls -la
git status
git status --short && git diff
git add -A && git commit -m "Do it"
git commit -m "never git push origin main"
git commit -m 'rm -rf / is bad; git push origin main'
git commit -m "sudo make me a sandwich"
git commit -m "drop table users"
git commit --amend --no-edit
git commit -am "git reset --hard explained"
git log --oneline main..HEAD
git fetch origin main
git rebase origin/main
git merge origin/main
git diff main
git push
git push origin HEAD
git push origin polecat/toast/we-1
git push -u origin polecat/toast/we-1
git push origin HEAD:polecat/toast/we-1
git push --force-with-lease origin polecat/toast/we-1
git push --force-with-lease
git push --force-with-lease=polecat/toast/we-1:abc origin polecat/toast/we-1
git push origin --delete polecat/toast/we-1
git push origin main-page
git push origin feature/main
git push origin HEAD:refs/for/main
git push --dry-run origin main
git push -n origin main
git push --help
git push origin v1.0
git reset
git reset HEAD file
git reset --soft HEAD~1
git clean -n
git clean -nfd
git stash list
git stash show -p
git checkout -- file
git checkout -- -b
git checkout polecat/toast/we-1
git switch -
git branch
git branch --show-current
git branch -a
git branch -vv
git branch --contains abc
git worktree list
git restore file
git reflog
git gc
git show HEAD:main
git grep "push origin main"
git config user.name
git log --grep="git stash"
grep "git push origin main" f
grep -r 'sudo' .
grep ";" "git push origin main"
echo "git push origin main"
echo 'sudo rm -rf /'
echo git push origin main
printf '%s\n' "git reset --hard"
cat README.md | grep "git push"
rg 'rm -rf /' src
# git push origin main
ls # git push origin main
sed -i 's/git push origin main/gt done/' README.md
awk '{print $1; print $2}' f
python -c "print('git push origin main')"
find . -name "*.pyc" -delete
find . -name node_modules -exec rm -rf {} +
find . -type f -exec grep -l sudo {} \;
find src -type f
find / -name git
rm file
rm -f file other
rm -rf build dist
rm -rf ./build
rm -rf build/*
rm -rf node_modules/.cache
rm -rf /srv/town/web/polecats/toast/build
rm -rf /tmp/x
rm -rf /tmp/x/*
rm -rf "$TMPDIR/x"
rm -rf $BUILD
rm -rf src/../build
rm -rf ~draft.txt.d
rm -- -rf
cd src && rm -rf build
cd src && rm -rf *
mkdir -p build && cd build && rm -rf *
cd "$X" && rm -rf build
apt list --installed
apt-cache search jq
apt show jq
brew list
dpkg -l
dpkg --list
pacman -Qi git
pacman -Ss git
npm install
npm install typescript
npm ci
npm run build -- -g
pip install -r requirements.txt
pip install x
yarn add x
go install ./...
cargo install --path .
psql -c "select * from users"
psql -c "update users set dropped = 1"
sqlite3 x.db .dump
dropped=1 ls
gh pr list
gh pr view 5
gh issue create
gh repo view
gh api repos/a/b/pulls/5
gt done
gt mail send mayor -s "git push origin main" -m "may I?"
bd create "remove sudo from install"
bd close we-1
make install
chmod -R u+x scripts
chmod +x x
chown -R me build
dd if=a of=b
dd if=/dev/zero of=/dev/null count=1
pkill -f "python -m http.server"
kill 123
git push -u origin "$(git branch --show-current)"
B=$(git rev-parse --abbrev-ref HEAD); git push origin "$B"
B=polecat/toast/we-1 && git push origin HEAD:$B
git checkout -- src/a.py
git checkout HEAD src
git checkout src/*
git restore src/a.py
git restore --staged .
git reset --soft HEAD~1
git rm file
git rm -r --cached .
git rm -r src
git --work-tree . status
git config --get remote.origin.push
git config push.default simple
git config user.email x@example.invalid
find src -delete
find . -empty -delete
cd build && find . -delete
rm -rf "$PWD"/build
pkill -P 4711
pgrep node
kill $SERVER
kill -1 123
kill -HUP 123
kill -9 %1
kill -- -123
kill "$(cat server.pid)"
gt down --help
gt polecat list
gt session stop web/polecats/nux
tmux list-sessions
env
env FOO=1 make
timeout 60 make test
xargs -n1 echo < f
time make
bash script.sh
bash -c "make && make test"
sh -c 'echo "git push origin main"'
echo "make" | sh
eval "$(ssh-agent)"
x=$((1 + 2)); echo $x
case $x in main) echo git push origin main ;; esac
diff <(git show a) <(git show b)
for f in *.py; do echo "$f"; done
while read l; do echo "$l"; done < f
if git diff --quiet; then echo same; fi
test -f x && echo yes || echo no
echo 'it'"'"'s'
echo "unclosed quote
sudoku --solve
./sudo.sh
which sudo
man git-push
type git
"""


def _table(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("row", _table(DENIED))
def test_denied(row: str) -> None:
    command, _, words = row.rpartition(" => ")
    found = why_denied("Bash", command, FACTS)
    assert found.startswith("denied: ") and words in found and "\n" not in found


@pytest.mark.parametrize("command", _table(ALLOWED))
def test_allowed(command: str) -> None:
    assert why_denied("Bash", command, FACTS) == ""


SEVERAL_LINES = {
    "cat > notes <<'EOF'\ngit push origin main\nEOF\nls": "",
    "cat > notes <<-EOF\n\tgit push origin main\n\tEOF\ngit status": "",
    "git commit -m \"$(cat <<'EOF'\nWhy: git push origin main is denied\n\nStep: write\nEOF\n)\"": "",
    "git add .\ngit commit -m x\ngit push origin main": "default branch",
    "git push \\\n  origin \\\n  main": "default branch",
    "bash <<'EOF'\nset -e\ngit push origin main\nEOF": "default branch",
    "psql <<EOF\nDROP TABLE users;\nEOF": "overseer",
    "cat <<EOF\nsudo ls\nEOF\nsudo ls": "root",
    "python - <<'EOF'\nimport os\nos.system('sudo ls')\nEOF": "",
    "deploy() {\n  git push origin main\n}\ndeploy": "default branch",
    "ls &\ngit stash": "own branch",
    "echo a # comment\nsudo ls": "root",
    "case $x in\n  a) sudo ls ;;\nesac": "root",
}


@pytest.mark.parametrize("command", SEVERAL_LINES)
def test_several_lines(command: str) -> None:
    words = SEVERAL_LINES[command]
    found = why_denied("Bash", command, FACTS)
    assert words in found and bool(found) == bool(words)


def test_other_tools_are_not_looked_at() -> None:
    assert why_denied("Edit", "git push origin main", FACTS) == ""
    assert why_denied("run_shell_command", "git push origin main", FACTS) != ""
    assert why_denied("", "git push origin main", FACTS) != ""


def test_crew_make_branches() -> None:
    crew = replace(FACTS, role="crew", branch="crew/ada")
    assert why_denied("Bash", "git checkout -b fix && git branch -D old", crew) == ""
    assert "default branch" in why_denied("Bash", "git push origin HEAD:main", crew)


def test_the_target_of_the_rig_is_its_default_branch() -> None:
    there = replace(FACTS, target="develop")
    said = why_denied("Bash", "git push origin HEAD:develop", there)
    assert said == (
        "denied: git push to the default branch: hand the work in with gt done; the merge queue lands it on develop"
    )
    assert why_denied("Bash", "git push origin main", there)
    assert why_denied("Bash", "git push origin develop", FACTS) == ""


@pytest.mark.parametrize(
    "command", ["git push", "git push origin", "git push origin HEAD", "git push -u origin @"]
)
def test_who_stands_on_the_default_branch_does_not_push_it(command: str) -> None:
    assert "default branch" in why_denied("Bash", command, replace(FACTS, branch="main"))


def test_other_worktrees_are_no_temporary_files() -> None:
    facts = Facts(town="/tmp/t", worktree="/tmp/t/web/polecats/toast", cwd="/tmp/t/web/polecats/toast")
    assert why_denied("Bash", "rm -rf /tmp/t/web/polecats/nux", facts)
    assert why_denied("Bash", "rm -rf /tmp/t", facts)
    assert why_denied("Bash", "rm -rf /tmp", facts)
    assert why_denied("Bash", "rm -rf /tmp/other build", facts) == ""


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    found = why_denied("Bash", text, FACTS)
    assert found == "" or found.startswith("denied: ")


_WORD = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(_WORD, min_size=1, max_size=6))
def test_quoted_words_are_read_as_they_are(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in ("echo", *words))
    (found,) = commands(quoted)
    assert found.words == ("echo", *words)


@given(st.lists(_WORD, max_size=4))
def test_what_is_quoted_is_never_run(words: list[str]) -> None:
    quoted = " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in ("; sudo ls", *words))
    assert why_denied("Bash", f"echo {quoted}", FACTS) == ""


def test_long_and_deep_text_is_searched_only() -> None:
    assert why_denied("Bash", "echo x; " * 10000, FACTS) == ""
    assert "plain commands" in why_denied("Bash", "$(" * 100 + "sudo ls", FACTS)


@pytest.mark.parametrize("role", ["mayor", "crew", "witness"])
def test_who_looks_after_others_may_end_them(role: str) -> None:
    for command in ("gt polecat nuke web/nux", "gt down"):
        assert why_denied("Bash", command, replace(FACTS, role=role)) == ""
