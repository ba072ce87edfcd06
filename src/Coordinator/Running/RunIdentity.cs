using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Running;

/// <summary>The options that make a run what it is: the same ones mean the same run.</summary>
/// <param name="Input">File, folder or pattern, absolute; or an hf:// path.</param>
/// <param name="Output">Absolute folder, or an hf:// path.</param>
/// <param name="Model">Absolute folder, or a repository id.</param>
/// <param name="Dtype">Unspecified: the first worker decides.</param>
/// <param name="TokenBudget">Most tokens in a batch; 0: the first worker decides.</param>
/// <param name="WindowRows">Rows in a window.</param>
/// <param name="RowsPerFile">Only the first so many rows of each file; 0: all.</param>
/// <param name="Files">Only the first so many files; 0: all.</param>
internal sealed record RunIdentity(
    string Input,
    string Output,
    string Model,
    KeepRule Keep,
    Dtype Dtype,
    int TokenBudget,
    int WindowRows,
    string TextColumn,
    string ScoreColumn,
    string IntScoreColumn,
    bool ReplaceScoreColumns,
    ShardLayout Layout,
    long RowsPerFile,
    int Files)
{
    /// <summary>Twelve hexadecimal digits that name the run.</summary>
    public string Digest
    {
        get
        {
            var lines = ToOptions().Select(option => $"{option.Key}={option.Value}\n");
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))))[..12];
        }
    }

    public static RunIdentity FromOptions(IReadOnlyDictionary<string, string> options) => new(
        options["--input"],
        options["--output"],
        options["--model"],
        KeepRules.Parse(options["--keep"]),
        Dtypes.Parse(options["--dtype"]),
        Number(options["--token-budget"], "auto"),
        Number(options["--window-rows"], ""),
        options["--text-column"],
        options["--score-column"],
        options["--int-score-column"],
        options["--on-existing-score"] == "replace",
        options["--layout"] == "mirror" ? ShardLayout.Mirror : ShardLayout.Numbered,
        LongNumber(options["--rows-per-file"]),
        Number(options["--files"], "all"));

    /// <summary>In the words of the command line, in a fixed order.</summary>
    public IReadOnlyDictionary<string, string> ToOptions() => new OrderedDictionary<string, string>
    {
        ["--input"] = Input,
        ["--output"] = Output,
        ["--model"] = Model,
        ["--keep"] = KeepRules.Name(Keep),
        ["--dtype"] = Dtypes.Name(Dtype),
        ["--token-budget"] = Text(TokenBudget, "auto"),
        ["--window-rows"] = Text(WindowRows, ""),
        ["--text-column"] = TextColumn,
        ["--score-column"] = ScoreColumn,
        ["--int-score-column"] = IntScoreColumn,
        ["--on-existing-score"] = ReplaceScoreColumns ? "replace" : "error",
        ["--layout"] = Layout == ShardLayout.Mirror ? "mirror" : "numbered",
        ["--rows-per-file"] = Text(RowsPerFile, "all"),
        ["--files"] = Text(Files, "all"),
    };

    /// <summary>Rows of a file that belong to the run.</summary>
    public long RowsOf(long rowsInFile) => RowsPerFile == 0 ? rowsInFile : Math.Min(rowsInFile, RowsPerFile);

    public int WindowsOf(long rowsInFile) => checked((int)((RowsOf(rowsInFile) + WindowRows - 1) / WindowRows));

    private static string Text(long number, string zero) =>
        number == 0 ? zero : number.ToString(CultureInfo.InvariantCulture);

    private static long LongNumber(string text) =>
        text == "all" ? 0 : long.Parse(text, CultureInfo.InvariantCulture);

    private static int Number(string text, string zero) =>
        text == zero ? 0 : int.Parse(text, CultureInfo.InvariantCulture);
}
