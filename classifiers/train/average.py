"""The weighted mean of two checkpoints of the encoder, of which one was trained on from the other.

    average.py FIRST SECOND OUT --share 0.6        share: the second one's

A model that was trained on for what is new forgets some of the old; the mean keeps most of both (Wortsman et al., Model soups, 2022).
"""
import argparse

import torch


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("first"), a.add_argument("second"), a.add_argument("out")
    a.add_argument("--share", type=float, default=0.6)
    a = a.parse_args()
    first, second = (torch.load(path, weights_only=True) for path in (a.first, a.second))
    weights = {name: (1 - a.share) * first["weights"][name] + a.share * w for name, w in second["weights"].items()}
    torch.save({"weights": weights, "layers": second["layers"], "note": f"mean, {a.share} of the second"}, a.out)


if __name__ == "__main__":
    main()
