using System.CommandLine;
using System.Globalization;
using FineWebTorch.Bench;
using FineWebTorch.Model;
using FineWebTorch.Texts;
using BertOptions = Microsoft.ML.Tokenizers.BertOptions;
using BertTokenizer = Microsoft.ML.Tokenizers.BertTokenizer;
using Tokenizer = Microsoft.ML.Tokenizers.Tokenizer;

namespace FineWebTorch.TokenizerSpeed;

/// <summary>
/// The tokenizer on one core, cut at 512 ids and on whole documents beside @huggingface/tokenizers and the tokenizer of
/// Microsoft.ML.Tokenizers, and in how many reference cases each is right.
/// </summary>
internal static class TokenizerCommand
{
    private const string Model = "tests/data/models/minilm-edu";

    /// <summary>Ours is so fast that one pass over the texts is hardly a measurement.</summary>
    private const int Passes = 5;

    public static RootCommand Create()
    {
        var documents = BenchOptions.Number("--documents", 2000, "Documents of each kind of text");
        var (rounds, output) = (BenchOptions.Rounds(5), BenchOptions.Out());
        var command = new RootCommand("Tokenizer speed on one core") { documents, rounds, output };
        command.SetAction(parsed =>
            Run(parsed.GetValue(documents), parsed.GetValue(rounds), parsed.GetValue(output)!));
        return command;
    }

    private static void Run(int documents, int rounds, string output)
    {
        var mixed = new MixedScriptText(2);
        Corpus[] corpora =
        [
            new("FineWeb-like text", TextFile.FineWebLike(documents, 1, Path.Combine(Model, "vocab.txt"))),
            new("mixed-script text", [.. Enumerable.Range(0, documents).Select(_ => mixed.Next())]),
        ];
        using var peer = new TokenizersPeer(Model);
        var (limited, whole) = (WordPieceTokenizer.Load(Model, 512), WordPieceTokenizer.Load(Model, int.MaxValue));
        var rows = new List<BenchRow>();
        foreach (var corpus in corpora)
        {
            peer.Prepare(corpus, Path.ChangeExtension(output, ".texts.jsonl"));
            rows.AddRange(Measure(corpus, limited, whole, peer, rounds));
        }
        rows.AddRange(ReferenceCases.Count(Model));
        BenchOptions.Finish(output, rows);
    }

    private static IEnumerable<BenchRow> Measure(
        Corpus corpus, WordPieceTokenizer limited, WordPieceTokenizer whole, TokenizersPeer peer, int rounds)
    {
        const string subject = "tokenizer, one core";
        var cut = new Series("ours, cut at 512 ids", () => Time(corpus, limited));
        var ours = new Series("ours, whole documents", () => Time(corpus, whole));
        Tokenizer asTokenizer = whole;
        Tokenizer bert = BertTokenizer.Create(
            Path.Combine(Model, "vocab.txt"), new BertOptions { RemoveNonSpacingMarks = true });
        var strings = new Series("ours, as a Tokenizer of strings, whole documents",
            () => Clock.Seconds(() => corpus.EncodeStrings(asTokenizer)));
        var theirs = new Series("@huggingface/tokenizers, whole documents", () => peer.Encode(corpus));
        var microsoft = new Series("Microsoft.ML.Tokenizers.BertTokenizer, whole documents",
            () => Clock.Seconds(() => corpus.EncodeStrings(bert)));
        Series.Interleave(rounds, cut, ours, strings, theirs, microsoft);
        var (read, all) = (corpus.BytesToRead(limited), corpus.Bytes);
        BenchRow Row(Series series, long bytes) => BenchRow.Of(
            subject, corpus.Name, series.Name, "MB/s", series.Derived(seconds => bytes / seconds / 1e6));
        yield return Row(cut, read) with { Note = CutNote(corpus, limited, read) };
        yield return Row(ours, all) with { Note = SameIds(corpus, whole, peer) };
        yield return Row(strings, all) with { Note = Allocated(corpus, () => corpus.EncodeStrings(asTokenizer)) };
        yield return Row(theirs, all) with { Ours = theirs.RatioTo(ours) };
        yield return Row(microsoft, all) with
        {
            Ours = microsoft.RatioTo(ours),
            Note = Allocated(corpus, () => corpus.EncodeStrings(bert)),
        };
    }

    private static double Time(Corpus corpus, WordPieceTokenizer tokenizer) => Clock.Seconds(() =>
    {
        for (var pass = 0; pass < Passes; pass++)
            corpus.EncodeUtf8(tokenizer);
    }) / Passes;

    private static string CutNote(Corpus corpus, WordPieceTokenizer tokenizer, long read) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Allocated(corpus, () => corpus.EncodeUtf8(tokenizer))}; must read {(double)read / corpus.Bytes:0%} of the bytes");

    private static string Allocated(Corpus corpus, Action encode)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        encode();
        var allocated = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / corpus.Documents;
        return string.Create(CultureInfo.InvariantCulture, $"{allocated:0} bytes allocated a document");
    }

    private static string SameIds(Corpus corpus, WordPieceTokenizer tokenizer, TokenizersPeer peer)
    {
        var equal = corpus.IdsBy(tokenizer).Zip(peer.Ids(corpus)).Count(pair => pair.First.SequenceEqual(pair.Second));
        return $"ids equal to the peer's in {equal} of {corpus.Documents} documents";
    }
}
