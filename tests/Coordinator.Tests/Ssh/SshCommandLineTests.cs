using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Ssh;
using FineWebTorch.Coordinator.Tests.Commands;

namespace FineWebTorch.Coordinator.Tests.Ssh;

/// <summary>What is typed, and what stands in the file of machines.</summary>
public sealed class SshCommandLineTests : SampleCommandTests
{
    [Theory]
    [InlineData("gpu7", "gpu7", null, "all")]
    [InlineData("me@10.1.2.3:2222", "me@10.1.2.3", 2222, "all")]
    [InlineData("node-1.cluster gpus=2", "node-1.cluster", null, "2")]
    [InlineData("cpu1   gpus=none", "cpu1", null, "none")]
    [InlineData("[::1]", "::1", null, "all")]
    [InlineData("me@[fe80::1%eth0]:2222 gpus=2", "me@fe80::1%eth0", 2222, "2")]
    public void Host_IsRead(string line, string address, int? port, string gpus) =>
        Assert.Equal(new SshHost(address, port, gpus), SshHost.Parse(line));

    [Theory]
    [InlineData("-oProxyCommand=sh")]
    [InlineData("me@-x")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("a:70000")]
    [InlineData("a gpus=0")]
    [InlineData("::1")]
    [InlineData("[gpu7]")]
    public void Host_ThatIsNone_IsRefused(string line) => Assert.Null(SshHost.Parse(line));

    [Theory]
    [InlineData("# nothing\n\n", "names no machine")]
    [InlineData("a\n-b\n", "hosts.txt:2: write a machine as")]
    [InlineData("a\nb\na # again\n", "hosts.txt:3: a stands there twice")]
    public async Task Hosts_ThatCannotBe_AreOneLine(string text, string message)
    {
        await File.WriteAllTextAsync(Sample["hosts.txt"], text, TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Failure, await CallAsync(Sample["hosts.txt"]));
        Assert.Contains(message, Assert.Single(Errors.ToString().Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ThatNobodyWorksOn_IsOneLine()
    {
        (await Sample.PrepareAsync()).Dispose();
        await File.WriteAllTextAsync(Sample["hosts.txt"], "a\n", TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Failure, await CallAsync(Sample["hosts.txt"]));
        Assert.Contains("no coordinator works on this run; start it first", Errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--ssh=Jump", "give an option of ssh with its dash")]
    [InlineData("--coordinator=head", "give an address such as https://head:5090")]
    public async Task Option_ThatCannotBe_IsAUsageError(string option, string message)
    {
        Assert.Equal(ExitCode.Usage, await CallAsync(Sample["hosts.txt"], option));
        Assert.Contains(message, Errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_OfAFolder_HasADigestOfItsFilesAlone()
    {
        await File.WriteAllTextAsync(Sample["tree", "bin", "worker"], "x", TestContext.Current.CancellationToken);
        using var first = await ProgramPackage.OfAsync(Sample["tree"], TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(Sample["tree", "bin", "worker"], DateTime.UnixEpoch.AddDays(3));
        using var second = await ProgramPackage.OfAsync(Sample["tree"], TestContext.Current.CancellationToken);
        Assert.Equal(first.Digest, second.Digest);
        var none = await Assert.ThrowsAsync<UserErrorException>(
            () => ProgramPackage.OfAsync(Sample["in"], TestContext.Current.CancellationToken));
        Assert.EndsWith("no bin/worker in it", none.Message, StringComparison.Ordinal);
    }

    private Task<int> CallAsync(params string[] arguments) => CallAsync(
        [WorkersCommandLine.Create(Output, SshCommandLine.Create(Output, TimeProvider.System))],
        ["workers", "ssh", "--quiet", .. arguments, "--run", Sample["run"]]);
}
