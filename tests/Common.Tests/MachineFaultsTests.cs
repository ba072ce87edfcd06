using System.Net.Sockets;

namespace FineWebTorch.Common.Tests;

public sealed class MachineFaultsTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(24)]
    [InlineData(28)]
    [InlineData(110)]
    [InlineData(116)]
    public void Is_CodeOfTheSystem_IsTheMachines(int errno)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the codes are Linux's");
        Assert.True(MachineFaults.Is(new IOException("a failed system call", errno)));
        Assert.True(MachineFaults.Is(new FormatException("wrapped", new IOException("a failed system call", errno))));
    }

    [Theory]
    [InlineData("IOError: Error reading bytes from file. Detail: [errno 5] Input/output error")]
    [InlineData("IOError: Error reading bytes from file. Detail: [errno 116] Stale file handle")]
    [InlineData("std::bad_alloc")]
    [InlineData("Out of memory: malloc of size 17179869184 failed")]
    [InlineData("N5arrow9ExceptionE (message: 'malloc of size 17179869184 failed')")]
    [InlineData("N5arrow9ExceptionE (message: 'IOError: Error reading. Detail: [errno 5] Input/output error')")]
    public void Is_WhatLibrariesMakeOfIt_IsTheMachines(string message)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the codes are Linux's");
        Assert.True(MachineFaults.Is(new FormatException("a file: damaged", new NotSupportedException(message))));
    }

    [Fact]
    public void Is_MemoryTimeAndConnections_AreTheMachines()
    {
        Exception[] failures =
        [
            new InsufficientMemoryException(), new TimeoutException(), new SocketException(104),
            new HttpRequestException("reset"), new IOException("outside", new SocketException(104)),
        ];
        Assert.All(failures, failure => Assert.True(MachineFaults.Is(failure)));
    }

    [Fact]
    public void Is_WhatAFileOrAProgramIsWrongIn_IsNot()
    {
        Exception[] failures =
        [
            new FileNotFoundException("gone"), new IOException("input changed since the run began"),
            new InvalidDataException("the file ends early"), new FormatException("a page is damaged"),
            new IOException("no such file", 2),
            new FormatException("its value 'Detail: [errno 5] is text' is odd"),
            new FormatException("it holds the words bad_alloc and malloc of size 3"),
        ];
        Assert.All(failures, failure => Assert.False(MachineFaults.Is(failure)));
    }

    [Fact]
    public void Is_ARealReadThatFails_IsTheMachines()
    {
        // Reading one's own memory from address 0 is an input or output error on any Linux.
        Assert.SkipUnless(File.Exists("/proc/self/mem"), "needs /proc/self/mem");
        using var memory = File.OpenHandle("/proc/self/mem");
        var failure = Assert.ThrowsAny<Exception>(() => RandomAccess.Read(memory, new byte[16], 0));
        Assert.True(MachineFaults.Is(failure));
    }
}
