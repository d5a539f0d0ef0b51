"""Secrets in sources and outputs, without showing them. All are made up."""

import sys

import nbformat
import pytest

from jupyter_mlops.notebook import read_notebook
from jupyter_mlops.rules.check import check
from jupyter_mlops.rules.surroundings import secret_scan

# In pieces, so that nobody who scans this repository stops here.
A36 = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
JWT = "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiIxMjM0In0" + "." + "c2lnbmF0dXJl"
SECRETS = {
    "AWSKeyDetector": "AKIA" + "Z7QWERT9YUIOPLKJ",
    "AzureStorageKeyDetector": "AccountKey=" + "aB3/" * 22,
    "BasicAuthDetector": "postgresql://ana:" + "Gh7kd92Lx" + "@db.acme.org/sales",
    "DiscordBotTokenDetector": "discord " + "M" + A36[:23] + "." + A36[:6] + "." + A36[:27],
    "GitHubTokenDetector": "ghp_" + A36,
    "GitLabTokenDetector": "glpat-" + A36[:20],
    "JwtTokenDetector": JWT,
    "KeywordDetector": 'db_password = "' + "kd82Lx9q7Tz" + '"',
    "MailchimpDetector": "0123456789abcdef" * 2 + "-us12",
    "NpmDetector": "//registry.acme.org/:_authToken=npm_" + A36,
    "OpenAIDetector": "sk-" + A36[:20] + "T3BlbkFJ" + A36[:20],
    "PrivateKeyDetector": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "PypiTokenDetector": "pypi-AgEIcHlwaS5vcmc" + A36 * 2,
    "SendGridDetector": "SG." + A36[:22] + "." + (A36 * 2)[:43],
    "SlackDetector": "xoxb-" + "123456789012-" + "abcdefABCDEF12",
    "SquareOAuthDetector": "sq0csp-" + (A36 * 2)[:43],
    "StripeDetector": "sk_live_" + A36[:24],
    "TelegramBotTokenDetector": "110201543:AA" + A36[:33],
    "Hugging Face token": "hf_" + A36[:34],
    "Google API key": "AIza" + A36[:35],
    "Anthropic API key": "sk-ant-api03-" + A36 * 3,
}


def test_there_is_a_secret_for_each_detector():
    assert set(SECRETS) == {name for _, name in secret_scan._MARKS} | set(secret_scan._FORMS)


@pytest.mark.parametrize("name", SECRETS)
def test_found_in_code_and_not_shown(notebook, name):
    secret = SECRETS[name]
    source = f"x = 1\n{secret}" if name == "KeywordDetector" else f"x = 1\ny = '{secret}'"
    (finding,) = [each for each in check(notebook(source), None).findings if each.code == "secret"]
    assert (finding.severity, finding.index, finding.line) == ("error", 1, 2)
    assert secret not in str(finding)
    assert secret[-12:] not in str(finding)


@pytest.mark.parametrize("name", [name for name in SECRETS if name != "KeywordDetector"])
@pytest.mark.parametrize("kind", ["stream", "text", "error"])
def test_found_in_outputs(notebook, name, kind):
    text = f"first\n{SECRETS[name]}\n"
    output = {
        "stream": nbformat.v4.new_output("stream", name="stdout", text=text),
        "text": nbformat.v4.new_output("execute_result", {"text/plain": text}, execution_count=1),
        "error": nbformat.v4.new_output("error", ename="E", evalue="", traceback=text.split("\n")),
    }[kind]
    made = notebook(("x", {"outputs": [output]}), "x = 1")
    (finding,) = [each for each in check(made, None).findings if each.code == "secret"]
    assert (finding.index, finding.line) == (1, None)
    assert SECRETS[name] not in str(finding)


def test_found_in_markdown(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("My key: " + SECRETS["GitHubTokenDetector"]), nbformat.v4.new_code_cell("1")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a.ipynb")
    (finding,) = check(read_notebook(tmp_path / "a.ipynb"), None).findings
    assert (finding.code, finding.index, finding.line) == ("secret", 1, 1)


@pytest.mark.parametrize(
    "source",
    [
        "password = os.environ['PASSWORD']",
        "password = getpass.getpass()",
        "api_key = 'YOUR_API_KEY'",
        "api_key = '<your api key>'",
        "api_key = 'xxxxxxxxxxxx'",
        "password = ''",
        "password = 'password'",
        "password = 'hunter2'",
        "secret_key = config['secret_key']",
        "keys = ['alpha', 'beta12345']",
        "df['key'] = 'customer_id_2024'",
        "token = '<start>'",
        "special_tokens = {'pad_token': '[PAD]'}",
        "primary_key = 'id_1234567'",
        "url = 'https://example.org/a:b'",
        "url = 'postgresql://user:password@localhost/db'",
        "url = 'postgresql://ana:pass@db.acme.org/sales'",
        "f'postgresql://{user}:{password}@{host}/db'",
        "aws = 'AKIAIOSFODNN7EXAMPLE'",
        "sha = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'",
        "image = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'",
        "git = 'git@github.com:ana/x.git'",
        "plt.plot(x, label='A3T')",
        "sort_key = lambda row: row['a']",
        "password_column = 'Password Length 12'",
        "params = {'max_depth': 3, 'key': 'mean_1'}",
        "keyboard = 'qwerty1234567'",
        "sns.scatterplot(data=df, x='a', hue='passenger_class1')",
    ],
)
def test_left_alone(found, source):
    assert [each for each in found(source) if each[0] == "secret"] == []


def test_pictures_are_not_looked_at(found):
    data = {"image/png": "AKIA" + "Z7QWERT9YUIOPLKJ", "text/html": "ghp_" + A36, "text/plain": "<Figure>"}
    output = nbformat.v4.new_output("display_data", data)
    assert found(("x = 1", {"outputs": [output]})) == []


def test_a_notebook_without_any_mark_does_not_load_the_detectors(tmp_path):
    import subprocess

    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), tmp_path / "a.ipynb")
    script = (
        "import sys; from pathlib import Path; from jupyter_mlops.notebook import read_notebook;"
        "from jupyter_mlops.rules.check import check;"
        f"check(read_notebook(Path({str(tmp_path / 'a.ipynb')!r})), None);"
        "print('detect_secrets' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
