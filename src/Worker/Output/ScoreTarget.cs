using FineWebTorch.Common;

namespace FineWebTorch.Worker.Output;

/// <summary>Where scores go, and in which format.</summary>
/// <param name="Format">One of <see cref="Formats"/>.</param>
/// <param name="Path">Null for standard output.</param>
internal sealed record ScoreTarget(string Format, string? Path)
{
    public const string Table = "table";
    public const string JsonLines = "jsonl";
    public const string Csv = "csv";
    public const string Parquet = "parquet";

    private static readonly (string Ending, string Format)[] Endings =
        [(".parquet", Parquet), (".jsonl", JsonLines), (".ndjson", JsonLines), (".csv", Csv)];

    public static string[] Formats { get; } = [Table, JsonLines, Csv, Parquet];

    /// <summary>By its ending the file is to be packed so.</summary>
    public bool IsGzip => HasEnding(".gz");

    /// <inheritdoc cref="IsGzip"/>
    public bool IsZstd => HasEnding(".zst");

    /// <param name="format">As it was asked for; null where the name of the file tells, or for a table.</param>
    /// <param name="path">Null for standard output.</param>
    /// <exception cref="UserErrorException">The two do not go together, or nothing says the format.</exception>
    public static ScoreTarget Of(string? format, string? path)
    {
        if (path is null)
        {
            return format != Parquet
                ? new ScoreTarget(format ?? Table, null)
                : throw new UserErrorException("--format parquet: name a file with --output", ExitCode.Usage);
        }

        var named = Named(path);
        if (format is not null && named is not null && named != format)
            throw new UserErrorException(
                $"--output {path}: is the name of a {named} file, but --format says {format}", ExitCode.Usage);
        return new ScoreTarget(
            format ?? named ?? throw new UserErrorException(
                $"--output {path}: its name says no format; let it end in .parquet, .jsonl, .jsonl.gz or .csv, " +
                "or add --format",
                ExitCode.Usage),
            path);
    }

    /// <summary>Refuses a file that is there, and a folder that is not.</summary>
    /// <param name="overwrites">The user said that it may be replaced.</param>
    /// <exception cref="IOException">It cannot be written there.</exception>
    public void Check(bool overwrites)
    {
        if (IsDevice && Format == Parquet)
            throw new IOException($"{Path}: a Parquet file needs a place of its own; name a file");
        if (Path is null || IsDevice)
            return;
        if (Directory.Exists(Path))
            throw new IOException($"{Path}: is a folder; name a file");
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{Path}: there is no folder {folder}; create it first");
        if (File.Exists(Path) && !overwrites)
            throw new IOException($"{Path}: exists already; name another file, or replace it with --overwrite");
    }

    /// <summary>/dev/null and named pipes: they are written to, never replaced.</summary>
    public bool IsDevice => Path is not null && File.Exists(Path) && !FileIdentity.IsRegularFile(Path);

    private static string? Named(string path)
    {
        var plain = path;
        foreach (var packing in (string[])[".gz", ".zst"])
        {
            if (plain.EndsWith(packing, StringComparison.OrdinalIgnoreCase))
                plain = plain[..^packing.Length];
        }

        return Endings.Where(one => plain.EndsWith(one.Ending, StringComparison.OrdinalIgnoreCase))
            .Select(one => one.Format).FirstOrDefault(format => format != Parquet || plain.Length == path.Length);
    }

    private bool HasEnding(string packing) =>
        Format != Parquet && Path is not null && Path.EndsWith(packing, StringComparison.OrdinalIgnoreCase);
}
