using FineWebTorch.Coordinator.Console;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineWebTorch.Coordinator.Tests.Console;

/// <summary>What the web server and other libraries log, which may hold what a peer has sent.</summary>
public sealed class PlainLogFormatterTests
{
    [Fact]
    public void Entry_WithSecretsAndMarks_IsShownWithoutThem()
    {
        var failure = new InvalidOperationException(
            "header fineweb-credential: fwc1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh\r\nand a\u202eb");
        var entry = new LogEntry<string>(
            LogLevel.Warning, "Microsoft.AspNetCore", default,
            "GET https://hub/x?sig=abcdef\u001b[2J of fwj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh", failure,
            (state, _) => state);
        using var output = new StringWriter { NewLine = "\n" };

        new PlainLogFormatter().Write(entry, scopeProvider: null, output);

        Assert.Equal(
            ["Warning: Microsoft.AspNetCore: GET https://hub/x?… of …",
                "System.InvalidOperationException: header fineweb-credential: …", "and a?b"],
            output.ToString().TrimEnd().Split('\n'));
    }
}
