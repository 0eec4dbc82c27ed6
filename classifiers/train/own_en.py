"""Write the own-worded English training data of the safety classifiers.

Usage: python own_en.py FOLDER     (default folder: en beside this file)
Every own_en_N.py module beside this file has `build(book)`; each group becomes FOLDER/NAME.jsonl and its
held-out part FOLDER/heldout_NAME.jsonl. The output is the same at every run.
"""
import collections
import glob
import importlib
import os
import sys

import own_en_lib

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "en")
    book = own_en_lib.Book()
    for path in sorted(glob.glob(os.path.join(HERE, "own_en_[0-9]*.py"))):
        importlib.import_module(os.path.basename(path)[:-3]).build(book)
    book.write(folder)
    for name in sorted(book.rows):
        rows = book.rows[name]
        c = collections.Counter(f"{k}={v}" for r in rows for k, v in r["labels"].items())
        print(f"{name}: {len(rows)}  " + " ".join(f"{k}:{n}" for k, n in sorted(c.items())))
    print("rows:", sum(map(len, book.rows.values())))


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    main()
