using FineWebTorch.Common;
using Spectre.Console;

namespace FineWebTorch.Worker.Output;

/// <summary>Where <c>worker score</c> writes, and how.</summary>
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

    /// <exception cref="UserErrorException">Format and output do not go together.</exception>
    public static void Check(string format, string? path)
    {
        if (format == "parquet" && path is null)
            throw new UserErrorException("--format parquet: name a file with --output", ExitCode.Usage);
    }

    /// <param name="path">Null for standard output.</param>
    public static ScoreOutput Create(string format, string? path)
    {
        if (format == "parquet")
            return new ScoreOutput(new ParquetScoreWriter(path!), null, null);
        var file = path is null ? null : AtomicFile.Create(path);
        var stream = file?.Stream ?? StandardOutput.Open();
        return new ScoreOutput(CreateWriter(format, stream, isFile: file is not null), file, stream);
    }

    /// <summary>Everything was written.</summary>
    public void Commit()
    {
        Writer.Complete();
        _file?.Commit();
    }

    public void Dispose()
    {
        Writer.Dispose();
        _stream?.Dispose();
        _file?.Dispose();
    }

    private static IScoreWriter CreateWriter(string format, Stream stream, bool isFile) => format switch
    {
        "jsonl" => new JsonLinesScoreWriter(stream),
        "csv" => new CsvScoreWriter(stream),
        _ => new TableScoreWriter(CreateConsole(stream, isFile || Console.IsOutputRedirected)),
    };

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
