using FineWebTorch.Telemetry.Logs;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Coordinator.Tests.Logs;

/// <summary>What the web server and other libraries log, which may hold what a peer has sent.</summary>
public sealed class ConsoleLinesTests
{
    [Fact]
    public void Entry_WithSecretsAndMarks_IsShownWithoutThem()
    {
        var failure = new InvalidOperationException(
            "header fineweb-credential: fwc1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh\r\nand a\u202eb");
        using var output = new StringWriter { NewLine = "\n" };
        using (var log = new ProgramLog(new LogSetup("coordinator", new LogOptions())
        {
            Console = new ConsoleSink(output, ConsoleSink.Named),
        }))
            log.Logger("Microsoft.AspNetCore").Log(
                LogLevel.Warning, default, "GET https://hub/x?sig=abcdef\u001b[2J of fwj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh",
                failure, (state, _) => state);

        Assert.Equal(
            ["Warning: Microsoft.AspNetCore: GET https://hub/x?… of …",
                "System.InvalidOperationException: header fineweb-credential: …", "and a?b"],
            output.ToString().TrimEnd().Split('\n'));
    }
}
