namespace FineWebTorch.Common.Tests;

public sealed class DiskFaultsTests
{
    [Fact]
    public void Describe_WhatTheSystemThrows_IsCalledAFullDisk()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        var error = Assert.ThrowsAny<IOException>(() => File.WriteAllText("/dev/full", new string('x', 100_000)));

        var (line, code) = ErrorLine.Describe(error);

        Assert.Equal(ExitCode.Failure, code);
        Assert.StartsWith("the disk is full: ", line, StringComparison.Ordinal);
        Assert.EndsWith("; make room, then give the same command again", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SQLite Error 13: 'database or disk is full'.")]
    [InlineData("IOError: Error writing bytes to file. Detail: [errno 28] No space left on device")]
    [InlineData("write: Disk quota exceeded")]
    public void Describe_WhatLibrariesMakeOfIt_IsCalledTheSame(string message)
    {
        var wrapped = new InvalidOperationException("outside", new NotSupportedException(message));
        Assert.True(DiskFaults.IsFull(wrapped));
        Assert.StartsWith(
            "the disk is full: outside; make room", ErrorLine.Describe(wrapped).Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_ThePathIsKnown_NamesItsFolder()
    {
        var error = new IOException("No space left on device : '/data/out/.x.partial'");
        Assert.Contains("there is no room for more in /data/out;", DiskFaults.Describe(error), StringComparison.Ordinal);
    }

    [Fact]
    public void IsFull_OtherFailures_AreNot()
    {
        Assert.False(DiskFaults.IsFull(new IOException("Input/output error")));
        Assert.False(DiskFaults.IsFull(new FileNotFoundException("gone")));
    }
}
