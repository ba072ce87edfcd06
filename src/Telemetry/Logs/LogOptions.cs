using FineWebTorch.Common;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Telemetry.Logs;

/// <summary>What a program keeps of what it logs, and where beside its usual place.</summary>
public sealed record LogOptions
{
    // Not "info", which is a command of the worker's.
    private static readonly string[] Levels = ["information", "debug", "warning", "error"];

    public static IReadOnlyList<Setting<LogOptions>> Settings { get; } =
    [
        new("--log-file", "FILE|DIR",
            "Keep a log in this file too, as JSON lines; in a folder it has a file of its own, named for program and machine " +
            "[default: none]", Default: null,
            (options, text) => options with { Place = PlaceOf(text) })
        {
            Group = OptionGroup.Console,
            Paths = PathKind.File,
        },
        Setting.OneOf<LogOptions>(
            "--log-level", "LEVEL",
            $"Least level of log files: {OptionText.Among(["debug", "information", "warning", "error"])}",
            Levels, (options, text) => options with { LevelText = text }) with
        {
            Group = OptionGroup.Console,
        },
    ];

    /// <summary>A file, or a folder that is there or ends in a separator; as it was typed.</summary>
    public string? Place { get; init; }

    public string LevelText { get; init; } = Levels[0];

    /// <summary>Of log files; what the console shows is another matter.</summary>
    public LogLevel Level => LevelText switch
    {
        "debug" => LogLevel.Debug,
        "warning" => LogLevel.Warning,
        "error" => LogLevel.Error,
        _ => LogLevel.Information,
    };

    /// <summary>The same options of a command.</summary>
    public static IEnumerable<Setting<T>> Of<T>(Func<T, LogOptions> get, Func<T, LogOptions, T> put) =>
        Settings.Select(setting => setting.Within(get, put));

    private static string PlaceOf(string text)
    {
        var path = OptionText.NotEmpty(text);
        return File.Exists(path) && !FileIdentity.IsRegularFile(path)
            ? throw new FormatException("is no file that keeps what is written; name a file or a folder")
            : Path.GetFullPath(path);
    }
}
