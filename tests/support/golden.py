"""The golden communities and the reference's outputs, as our tables (see the README beside them)."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import zstandard

from bridgenotes.data.dataset import Dataset
from bridgenotes.data.read import read_dataset
from bridgenotes.data.vocabulary import NOT_HELPFUL_TAGS
from bridgenotes.scoring.handover import Handover
from bridgenotes.scoring.phases.prescoring import Prescored, Topics

CORE = "MFCoreScorer"


@dataclass(frozen=True)
class Golden:
    """One golden community and one seed of the reference's outputs."""

    folder: Path
    seed: str
    dataset: Dataset
    now_ms: int

    @classmethod
    def load(cls, data: Path, size: str, seed: str = "s1") -> Golden:
        folder = data / "golden" / size
        meta = json.loads((folder / "input" / "gen_meta.json").read_text())
        dataset = read_dataset([folder / "input"], cache=False).dataset
        return cls(folder, seed, dataset, int(meta["now"]))

    def with_seed(self, seed: str) -> Golden:
        return Golden(self.folder, seed, self.dataset, self.now_ms)

    @property
    def reference(self) -> Path:
        return self.folder / "reference" / self.seed

    def output(self, name: str) -> pl.DataFrame:
        """An output table of the reference, sorted by its key."""
        path = self.reference / f"{name}.parquet"
        if path.exists():
            frame = pl.read_parquet(path)
        else:
            packed = (self.reference / f"{name}.tsv.zst").read_bytes()
            text = zstandard.ZstdDecompressor().stream_reader(packed).read()
            frame = pl.read_csv(io.BytesIO(text), separator="\t", infer_schema_length=None)
        key = (
            "raterParticipantId"
            if "raterParticipantId" in frame.columns and "noteId" not in frame.columns
            else "noteId"
        )
        return frame.sort(key)

    def note_codes(self, ids: pl.Series) -> pl.Series:
        return pl.Series("note", np.searchsorted(self.dataset.note_ids, ids.to_numpy()).astype(np.int32))

    def similarity(self) -> pl.DataFrame:
        """Rater clustering as the reference found it."""
        pss = pl.read_parquet(self.reference / "prescoring" / "pss_output.parquet")
        return pss.select(
            rater=pl.col("raterParticipantId").cast(pl.Int32),
            post_selection_value=pl.col("postSelectionValue").cast(pl.Int64),
            quasi_clique_value=pl.col("quasiCliqueValue").cast(pl.Int64),
        )

    def topics(self) -> pl.DataFrame:
        """Topics of notes as the reference found them."""
        topics = pl.read_parquet(self.reference / "prescoring" / "note_topics.parquet")
        return topics.with_columns(self.note_codes(topics["noteId"])).select(
            "note", pl.col("noteTopic").cast(pl.String).alias("topic")
        )

    def prescored(self, scorers: Iterable[str] = ()) -> Prescored:
        """The reference's own hand-over."""
        return Prescored(
            self.similarity(), Topics(None, self.topics()), {name: self.handover(name) for name in scorers}
        )

    def prescored_notes(self, scorer: str = CORE) -> pl.DataFrame:
        table = pl.read_parquet(self.reference / "prescoring" / "prescoring_note_model_output.parquet")
        table = table.filter(pl.col("scorerName") == scorer)
        return table.with_columns(self.note_codes(table["noteId"]))

    def prescored_raters(self, scorer: str = CORE) -> pl.DataFrame:
        table = pl.read_parquet(self.reference / "prescoring" / "prescoring_rater_model_output.parquet")
        ids = self.dataset.contributor_ids
        codes = pl.DataFrame({"raterParticipantId": ids, "rater": pl.Series(range(len(ids)), dtype=pl.Int32)})
        return table.filter(pl.col("scorerName") == scorer).join(codes, on="raterParticipantId", how="left")

    def handover(self, scorer: str = CORE) -> Handover:
        """The reference's own prescoring of one scorer."""
        meta = json.loads((self.reference / "prescoring" / "prescoring_meta_output.json").read_text())[scorer]
        thresholds = meta["tagFilteringThresholds"]
        single = {
            "internalNoteIntercept": "intercept",
            "internalNoteFactor1": "factor",
            "lowDiligenceNoteIntercept": "low_diligence_intercept",
        }
        notes = self.prescored_notes(scorer).select(
            "note",
            *(pl.col(old).cast(pl.Float32).alias(new) for old, new in single.items()),
            # The reference ran serially and so lost these start values of notes (spec 08 section 2.3).
            pl.lit(0.0, pl.Float32).alias("low_diligence_factor"),
            pl.lit(0.0, pl.Float32).alias("low_diligence_intercept_round2"),
        )
        single = {
            "internalRaterIntercept": "intercept",
            "internalRaterFactor1": "factor",
            "internalFirstRoundRaterIntercept": "first_round_intercept",
            "internalFirstRoundRaterFactor1": "first_round_factor",
            "lowDiligenceRaterIntercept": "low_diligence_rater_intercept",
            "lowDiligenceRaterFactor1": "low_diligence_rater_factor",
            "lowDiligenceRaterReputation": "low_diligence_rater_reputation",
            "lowDiligenceRaterInterceptRound2": "low_diligence_rater_intercept_round2",
        }
        raters = self.prescored_raters(scorer).select(
            "rater",
            *(pl.col(old).cast(pl.Float32).alias(new) for old, new in single.items()),
            pl.col("crhCrnhRatioDifference").cast(pl.Float64).alias("crh_crnh_ratio_difference"),
            pl.col("meanNoteScore").cast(pl.Float64).alias("mean_note_score"),
            pl.col("raterAgreeRatio").cast(pl.Float64).alias("rater_agree_ratio"),
            pl.col("aboveHelpfulnessThreshold").cast(pl.Boolean).alias("above_helpfulness_threshold"),
            pl.col("incorrectTagRatingsMadeByRater")
            .cast(pl.Int64)
            .alias("incorrect_tag_ratings_made_by_rater"),
            pl.col("totalRatingsMadeByRater").cast(pl.Int64).alias("total_ratings_made_by_rater"),
        )
        return Handover(
            scorer=scorer,
            notes=notes,
            raters=raters,
            global_intercept=float(meta["globalIntercept"] or 0.0),
            tag_thresholds=np.array([thresholds[f"{t}AdjustedRatio"] for t in NOT_HELPFUL_TAGS])
            if isinstance(thresholds, dict)
            else np.array(thresholds, float),
            n_ratings=int(meta["finalRoundNumRatings"]),
            n_notes=int(meta["finalRoundNumNotes"]),
            n_raters=int(meta["finalRoundNumUsers"]),
            diligence_intercepts=tuple(meta["lowDiligenceGlobalIntercept"].values()),
            diagnostics={},
        )
