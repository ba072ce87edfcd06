using System.Text;
using FineWebTorch.Coordinator.Ledger;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;

namespace FineWebTorch.Coordinator.Tests.OnHub;

/// <summary>What lies beside a shard, byte for byte: other programs read it.</summary>
public sealed class ManifestTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 3, 14, 0, 0, TimeSpan.FromHours(2));

    private static readonly ShardRecord Shard = new(
        1, "data/train-00001-of-00009.parquet", 7, 1234, new string('f', 64), RowsIn: 4, RowsKept: 2, RowsUnscorable: 1,
        ["a warning"], Done: true)
    {
        Built = Noon.AddHours(3),
    };

    [Fact]
    public void Manifest_ScoredByTwoWorkersOfTwoClasses_NamesEverything()
    {
        var ticket = new ShardTicket(
            Runs.File(1, 9) with { Sha256 = new string('e', 64) }, Delivered: null,
            new Dictionary<string, long> { ["class b"] = 1, ["no score: null_text"] = 1, ["class a"] = 2 }, Tokens: 77)
        {
            Built = Noon.AddHours(2),
            // In the order in which they began; the first one ended last.
            Work = [Work("a", 1, Noon, Noon.AddMinutes(9)), Work("b", 2, Noon.AddMinutes(2), Noon.AddMinutes(5))],
        };

        var manifest = Manifest.Create(
            Runs.Run() with { Dtype = Dtype.Fp16, TokenBudget = 4096 },
            Runs.Spec with { Keep = KeepRule.Score(1.5) }, Shard, ticket);

        Assert.Equal(
            """
            {
              "shard": "data/train-00001-of-00009.parquet",
              "size": 1234,
              "sha256": "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
              "input": {
                "name": "1.parquet",
                "size": 101,
                "sha256": "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
                "rows": 9
              },
              "rows": 4,
              "rows_kept": 2,
              "rows_unscorable": 1,
              "tokens": 77,
              "model": {
                "id": "model",
                "revision": "",
                "sha256": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
              },
              "dtype": "fp16",
              "token_budget": 4096,
              "window_rows": 4,
              "keep": "raw1.5",
              "program_version": "0.1.0",
              "numeric_classes": {
                "class a": 2,
                "class b": 1
              },
              "warnings": [
                "a warning"
              ],
              "unscorable_reasons": {
                "null_text": 1
              },
              "workers": [
                {
                  "name": "a",
                  "device": "cpu",
                  "rows": 1,
                  "first_score": "2026-11-03T12:00:00Z",
                  "last_score": "2026-11-03T12:09:00Z"
                },
                {
                  "name": "b",
                  "device": "cpu",
                  "rows": 2,
                  "first_score": "2026-11-03T12:02:00Z",
                  "last_score": "2026-11-03T12:05:00Z"
                }
              ],
              "first_score": "2026-11-03T12:00:00Z",
              "last_score": "2026-11-03T12:09:00Z",
              "built": "2026-11-03T14:00:00Z"
            }

            """,
            Encoding.UTF8.GetString(manifest.ToJson()));
    }

    [Fact]
    public void Manifest_OfAFileWithoutRows_KnowsNoScore()
    {
        var manifest = Manifest.Of(
            Runs.Core(Runs.Run()), new StoredFile(Runs.File(1, 0), Shard, Totals: null, Work: []),
            "data/other.parquet");

        Assert.Equal(
            ("data/other.parquet", 0, null, null, null),
            (manifest.Shard, manifest.Tokens, manifest.FirstScore, manifest.LastScore, manifest.UnscorableReasons));
        Assert.Equal(Noon.AddHours(3).UtcDateTime, manifest.Built);
        Assert.Empty(manifest.Workers);
        Assert.Empty(manifest.NumericClasses);
    }

    private static WorkRecord Work(string worker, long rows, DateTimeOffset first, DateTimeOffset last) =>
        new(1, $"id of {worker}", worker, "cpu", rows, first, last);
}
