using System.IO.Compression;
using FineWebTorch.Common;
using Spectre.Console;
using ZstdSharp;

namespace FineWebTorch.Worker.Output;

/// <summary>What is written, and how.</summary>
/// <param name="NamesFiles">Several inputs: rows say of which they are.</param>
/// <param name="ShowsIds">The user has asked for ids.</param>
internal sealed record ScoreLayout(bool NamesFiles = false, bool ShowsIds = false)
{
    /// <summary>Scores are added to the records as they were, under these names; null where they stand alone.</summary>
    public (string Score, string IntScore)? Added { get; init; }

    /// <summary>The first line of comma-separated values whose records are kept.</summary>
    public byte[] CsvHeader { get; init; } = [];

    /// <summary>Makes the Parquet file whose rows are kept; called with all scores.</summary>
    public Action<IReadOnlyList<float>>? WriteParquet { get; init; }
}

/// <summary>An output that is being written.</summary>
internal sealed class ScoreOutput : IDisposable
{
    private const int WidthWithoutTerminal = 100;

    private readonly AtomicFile? _file;
    private readonly Stream? _stream;

    private ScoreOutput(IScoreWriter writer, AtomicFile? file, Stream? stream)
    {
        Writer = writer;
        _file = file;
        _stream = stream;
    }

    public IScoreWriter Writer { get; }

    public static ScoreOutput Create(ScoreTarget target, ScoreLayout layout)
    {
        if (target.Format == ScoreTarget.Parquet)
        {
            return new ScoreOutput(
                layout.WriteParquet is { } write
                    ? new KeptParquetWriter(write)
                    : new ParquetScoreWriter(target.Path!, layout.NamesFiles),
                null, null);
        }

        var file = target.Path is null || target.IsDevice ? null : AtomicFile.Create(target.Path);
        var stream = Packed(target, file?.Stream ?? OpenSink(target.Path));
        return new ScoreOutput(
            CreateWriter(target.Format, layout, stream, isFile: target.Path is not null), file, stream);
    }

    /// <summary>Everything was written.</summary>
    public void Commit()
    {
        Writer.Complete();
        if (_stream != _file?.Stream)
            _stream?.Dispose();
        _file?.Commit();
    }

    public void Dispose()
    {
        try
        {
            Writer.Dispose();
            if (_stream != _file?.Stream)
                _stream?.Dispose();
        }
        finally
        {
            // Also where the rest finds no room on the disk: what is not complete goes.
            _file?.Dispose();
        }
    }

    private static Stream OpenSink(string? device) =>
        device is null ? StandardOutput.Open() : new FileStream(device, FileMode.Open, FileAccess.Write);

    private static Stream Packed(ScoreTarget target, Stream stream) =>
        target.IsGzip ? new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true)
        : target.IsZstd ? new CompressionStream(stream, leaveOpen: true)
        : stream;

    private static IScoreWriter CreateWriter(string format, ScoreLayout layout, Stream stream, bool isFile)
    {
        return format switch
        {
            ScoreTarget.JsonLines when layout.Added is { } added =>
                new KeptJsonWriter(stream, added.Score, added.IntScore),
            ScoreTarget.Csv when layout.Added is { } added =>
                new KeptCsvWriter(stream, layout.CsvHeader, added.Score, added.IntScore),
            ScoreTarget.JsonLines => new JsonLinesScoreWriter(stream),
            ScoreTarget.Csv => new CsvScoreWriter(stream, layout.NamesFiles),
            _ => new TableScoreWriter(CreateConsole(stream, isFile || Console.IsOutputRedirected), layout.ShowsIds),
        };
    }

    private static IAnsiConsole CreateConsole(Stream stream, bool isPlain)
    {
        if (!isPlain)
            return AnsiConsole.Console;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(new StreamWriter(stream, leaveOpen: true) { AutoFlush = true, NewLine = "\n" }),
        });
        console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
