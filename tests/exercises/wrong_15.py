"""Typical wrong answers to the exercises of notebook 15, with the hint meant for each."""

WRONG = {
    "15.1": [(2 / 3, "what stands before w² is half of a"), (1 / 6, "in one step")],
    "15.2": [
        (lambda w, b: any(w * x + b <= 0 for x in (0.5, 1, 2)), "keeps it alive"),
        (lambda w, b: all(w * x + b < 0 for x in (0.5, 1, 2)), "at exactly 0 too"),
    ],
    "15.3": [("a", "the wrong direction"), ("c", "the seeds scatter"), ("d", "measures luck")],
}
