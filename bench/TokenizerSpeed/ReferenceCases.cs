using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineWebTorch.Bench;
using FineWebTorch.Model;
using BertOptions = Microsoft.ML.Tokenizers.BertOptions;
using BertTokenizer = Microsoft.ML.Tokenizers.BertTokenizer;
using Tokenizer = Microsoft.ML.Tokenizers.Tokenizer;

namespace FineWebTorch.TokenizerSpeed;

/// <summary>Texts with the ids that Hugging Face's <c>tokenizers</c> gives them, and who else gives them.</summary>
internal static class ReferenceCases
{
    private const string Data = "tests/data/tokenizer";

    /// <summary>Files of cases, and the settings of the normaliser that each was made with.</summary>
    private static readonly (string Name, int MaxLength, bool Lowercase, bool StripAccents, bool Chinese, bool Clean)[]
        Files =
        [
            ("uncased", 512, true, true, true, true),
            ("uncased-max16", 16, true, true, true, true),
            ("cased", 512, false, false, true, true),
            ("lower-keep-accents", 512, true, false, true, true),
            ("cased-strip-accents", 512, false, true, true, true),
            ("no-cjk-spacing", 512, true, true, false, true),
            ("no-clean", 512, true, true, true, false),
        ];

    /// <summary>A line for each tokenizer: in how many cases it gives the reference's ids.</summary>
    public static IReadOnlyList<BenchRow> Count(string modelFolder)
    {
        Tally[] tallies = [new("ours"), new("ours, as a Tokenizer"), new("Microsoft.ML.Tokenizers.BertTokenizer")];
        foreach (var (name, maxLength, lowercase, strip, chinese, clean) in Files)
        {
            var ours = LoadOurs(modelFolder, maxLength, lowercase, strip, chinese, clean);
            Tokenizer asTokenizer = ours;
            var peer = BertTokenizer.Create(Path.Combine(modelFolder, "vocab.txt"), new BertOptions
            {
                LowerCaseBeforeTokenization = lowercase,
                RemoveNonSpacingMarks = strip,
                IndividuallyTokenizeCjk = chinese,
            });
            foreach (var (text, expected) in Read(name))
            {
                tallies[0].Add(expected, () => Corpus.Encode(ours, text));
                tallies[1].Add(expected[1..^1], () => asTokenizer.EncodeToIds(text, maxLength - 2, out _, out _));
                // It cuts between words; the reference's cut is made here.
                tallies[2].Add(expected, () => Cut(peer.EncodeToIds(text), maxLength));
            }
        }
        return [.. tallies.Select(tally => tally.Row)];
    }

    private static IReadOnlyList<int> Cut(IReadOnlyList<int> ids, int maxLength) =>
        ids.Count <= maxLength ? ids : [.. ids.Take(maxLength - 1), ids[^1]];

    private static WordPieceTokenizer LoadOurs(
        string modelFolder, int maxLength, bool lowercase, bool strip, bool chinese, bool clean)
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(modelFolder, "tokenizer.json")))!;
        json["normalizer"] = new JsonObject
        {
            ["type"] = "BertNormalizer",
            ["clean_text"] = clean,
            ["handle_chinese_chars"] = chinese,
            ["strip_accents"] = strip,
            ["lowercase"] = lowercase,
        };
        var folder = Directory.CreateTempSubdirectory("tokenizer-speed-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer.json"), json.ToJsonString());
            return WordPieceTokenizer.Load(folder.FullName, maxLength);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IEnumerable<(string Text, int[] Ids)> Read(string name)
    {
        using var file = File.OpenRead(Path.Combine(Data, $"{name}.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            yield return (
                json.RootElement.GetProperty("text").GetString()!,
                [.. json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())]);
        }
    }

    private sealed class Tally(string contender)
    {
        private int _cases;
        private int _equal;
        private int _failed;

        public BenchRow Row => new("token ids equal to the reference's", $"{_cases} texts", contender, "texts")
        {
            Median = _equal,
            Runs = 1,
            Note = _failed == 0 ? "" : $"{_failed} texts threw an exception",
        };

        public void Add(int[] expected, Func<IReadOnlyList<int>> encode)
        {
            _cases++;
            try
            {
                _equal += expected.SequenceEqual(encode()) ? 1 : 0;
            }
            catch (Exception caught) when (caught is ArgumentException or InvalidOperationException
                or IndexOutOfRangeException)
            {
                _failed++;
            }
        }
    }
}
