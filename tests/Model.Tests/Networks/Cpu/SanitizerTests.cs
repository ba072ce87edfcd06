using System.Diagnostics;

namespace FineWebTorch.Model.Tests.Kernels;

/// <summary>The kernels under sanitizers, in a program that build/native --tests makes.</summary>
public class SanitizerTests
{
    [Fact]
    public async Task Kernels_OddShapes_StayWithinTheirBuffers()
    {
        var program = Path.Combine(TestData.RepositoryRoot, "artifacts", "native", "tests", "kernels_sanitized");
        Assert.SkipUnless(File.Exists(program), $"{program} is not there: run build/setup --tests");
        using var process = Process.Start(new ProcessStartInfo(program)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal((0, ""), (process.ExitCode, await errors));
        Assert.StartsWith("generic\n", output, StringComparison.Ordinal);
    }
}
