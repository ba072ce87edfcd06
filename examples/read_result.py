#!/usr/bin/env python3
"""Reads what a run has written with pandas: python examples/read_result.py OUTPUT [--examples N]

OUTPUT is the run's --output folder, or hf://datasets/OWNER/NAME (then huggingface_hub is needed as well).
"""
import argparse
import json
import pathlib

import pandas as pd


def rows_in_manifests(output):
    """Rows that the run says it has kept; None where the manifests are not on this machine."""
    folder = pathlib.Path(output, "manifests")
    if not folder.is_dir():
        return None
    return sum(json.loads(path.read_text())["rows_kept"] for path in sorted(folder.glob("*.json")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output")
    parser.add_argument("--examples", type=int, default=3, help="show the best N documents")
    arguments = parser.parse_args()

    # Two columns are enough to count; texts are read for the best alone.
    scores = pd.read_parquet(f"{arguments.output}/data", columns=["score", "int_score"])
    print(f"{len(scores):,} documents, scores from {scores.score.min():.3f} to {scores.score.max():.3f}")
    print(scores.int_score.value_counts().sort_index().rename("documents").to_string())

    expected = rows_in_manifests(arguments.output)
    if expected is not None and expected != len(scores):
        raise SystemExit(f"the manifests say {expected:,} rows: is the run over?")

    if arguments.examples > 0:
        least = scores.score.nlargest(arguments.examples).min()
        best = pd.read_parquet(
            f"{arguments.output}/data", columns=["text", "score"], filters=[("score", ">=", least)])
        for row in best.nlargest(arguments.examples, "score").itertuples():
            print(f"\n{row.score:.3f}  {' '.join(row.text.split())[:300]}")


if __name__ == "__main__":
    main()
