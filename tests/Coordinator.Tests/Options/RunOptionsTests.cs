using System.CommandLine;
using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Commands;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Model;

namespace FineWebTorch.Coordinator.Tests.Options;

public sealed class RunOptionsTests
{
    [Fact]
    public void Parse_SeveralBadOptions_NamesEachInOneMessage()
    {
        var refusal = Assert.Throws<UserErrorException>(() => new CommandLine(
            "--files", "0", "--keep", "int6", "--dtype", "fp8", "--token-budget", "many", "--window-rows", "-3",
            "--layout", "flat", "--on-existing-score", "ignore", "--listen", "5090", "--local-workers", "2000",
            "--heartbeat-timeout", "soon", "--score-column", "TEXT").Parse());

        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.All(
            (string[])["--files 0", "--keep int6", "--dtype fp8", "--token-budget many", "--window-rows -3",
            "--layout flat", "--on-existing-score ignore", "--listen 5090", "--local-workers 2000",
            "--heartbeat-timeout soon", "three different names"],
            part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_Nothing_IsTheMission()
    {
        var options = new CommandLine().Parse();

        Assert.Equal(
            ("hf://datasets/HuggingFaceFW/fineweb/data/CC-MAIN-2024-10/*.parquet",
                "HuggingFaceFW/fineweb-edu-classifier", KeepRule.IntScore(3), 16384),
            (options.Spec.Input, options.Spec.Model, options.Spec.Keep, options.Spec.WindowRows));
        Assert.Equal(Path.GetFullPath("output"), options.Spec.Output);
        Assert.Equal(Path.GetFullPath(Path.Combine("runs", options.Spec.Digest)), options.RunFolder);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 5090), options.Listen);
        Assert.Equal(TimeSpan.FromSeconds(30), options.HeartbeatTimeout);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("90s", 90)]
    public void Parse_Settle_MayBeNone(string text, int seconds) => Assert.Equal(
        TimeSpan.FromSeconds(seconds),
        new CommandLine("--listen", "0.0.0.0:5090", "--settle", text).Parse().SettleTime);

    [Theory]
    [InlineData("int>=3", "int3")]
    [InlineData("raw>=2.50", "raw2.5")]
    [InlineData("raw2.123", "raw2.123")]
    [InlineData("all", "all")]
    public void Parse_KeepRuleInEitherSpelling_IsTheSameRun(string text, string name)
    {
        var spec = new CommandLine("--keep", text).Parse().Spec;

        Assert.Equal(name, spec.ToOptions()["--keep"]);
        Assert.Equal(new CommandLine("--keep", name).Parse().Spec.Digest, spec.Digest);
    }

    [Theory]
    [InlineData("0.0.0.0:5090")]
    [InlineData("192.168.0.7:80")]
    [InlineData("[::]:5090")]
    public void Parse_AddressBeyondLoopback_IsEncryptedUnlessInsecure(string address)
    {
        var options = new CommandLine("--listen", address).Parse();
        Assert.Equal(IPEndPoint.Parse(address), options.Listen);
        Assert.True(options.Access.Encrypts(options.Listen));
        Assert.False(new CommandLine("--listen", address, "--insecure", "true").Parse().Access.Encrypts(options.Listen));
        Assert.False(options.Access.Encrypts(new IPEndPoint(IPAddress.Loopback, 5090)));
    }

    [Fact]
    public void Parse_CertificateWithoutKeyOrWithInsecure_IsRefused()
    {
        var file = typeof(RunOptionsTests).Assembly.Location;
        foreach (var wrong in (string[][])[["--tls-cert", file], ["--tls-key", file],
            ["--tls-cert", file, "--tls-key", file, "--insecure", "true"], ["--tls-cert", "/no/such/file"]])
            Assert.Throws<UserErrorException>(() => new CommandLine(wrong).Parse());
    }

    [Theory]
    [InlineData("localhost:0", "127.0.0.1:0")]
    [InlineData("[::1]:7", "[::1]:7")]
    [InlineData("127.0.0.2:65535", "127.0.0.2:65535")]
    public void Parse_LoopbackAddress_IsTaken(string text, string address) => Assert.Equal(
        IPEndPoint.Parse(address), new CommandLine("--listen", text).Parse().Listen);

    [Theory]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("head:5090")]
    public void Parse_NoAddressWithPort_IsRefused(string text) =>
        Assert.Throws<UserErrorException>(() => new CommandLine("--listen", text).Parse());

    [Fact]
    public void Help_EveryOption_ShowsItsDefault()
    {
        var run = RunCommandLine.Create(TimeProvider.System);

        // Lines are broken where they would be longer than 80 columns.
        var help = WithoutBlanks(HelpText.Of(new RootCommand { run }, run));
        Assert.All(
            RunSpec.Settings.Select(setting => (setting.Name, setting.Default!))
                .Concat(RunOptions.Settings.Where(setting => setting.Default is not null)
                    .Select(setting => (setting.Name, setting.Default!))),
            option =>
            {
                Assert.Contains(option.Name, help, StringComparison.Ordinal);
                Assert.Contains(WithoutBlanks($"[default: {option.Item2}]"), help, StringComparison.Ordinal);
            });
        static string WithoutBlanks(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
    }

    [Theory]
    [InlineData("--keep", "", "--keep '': give int3")]
    [InlineData("--keep", "itn3", "or all; did you mean int3?")]
    [InlineData("--layout", "mirorr", "--layout mirorr: give numbered or mirror; did you mean mirror?")]
    [InlineData("--dtype", "fp23", "--dtype fp23: give fp32, fp16, bf16 or auto; did you mean fp32")]
    [InlineData("--run", " ", "--run ' ': must not be empty")]
    [InlineData("--input", "hf://data", "--input hf://data: not a place on the Hub: owner/name is missing")]
    [InlineData("--output", "hf://models/alice/edu", "give a dataset")]
    [InlineData("--private", "true", "--private: only for an --output on the Hub")]
    [InlineData("--revision", "v2", "--revision: only for an --output on the Hub")]
    public void Parse_OneBadOption_SaysWhatItMustBe(string option, string text, string reason)
    {
        var refusal = Assert.Throws<UserErrorException>(() => new CommandLine(option, text).Parse());

        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_RevisionOfTheOutput_IsPartOfTheRun() => Assert.Equal(
        "hf://datasets/alice/edu@v2",
        new CommandLine("--output", "hf://datasets/alice/edu", "--revision", "v2").Parse().Spec.Output);

    [Fact]
    public void Parse_DefaultTyped_IsTheSameRun() => Assert.Equal(
        new CommandLine().Parse().Spec,
        new CommandLine([.. RunSpec.Settings.SelectMany(setting => (string[])[setting.Name, setting.Default!])])
            .Parse().Spec);

    [Fact]
    public void Digest_OneOptionDiffers_IsAnother()
    {
        CommandLine[] all =
        [
            new(), new("--keep", "all"), new("--files", "3"), new("--output", "elsewhere"),
            new("--dtype", "fp32"), new("--rows-per-file", "10"), new("--layout", "mirror"),
            new("--token-budget", "512"),
        ];

        var digests = all.Select(arguments => arguments.Parse().Spec.Digest).ToList();

        Assert.Equal(all.Length, digests.Distinct().Count());
        Assert.Equal(digests[0], new CommandLine("--listen", "127.0.0.1:1").Parse().Spec.Digest);
    }

    [Fact]
    public void Identity_ThroughTheLedger_IsTheSame()
    {
        var spec = new CommandLine(
            "--rows-per-file", "5000000000", "--files", "7", "--token-budget", "99", "--dtype", "bf16",
            "--keep", "raw3", "--layout", "mirror", "--on-existing-score", "replace").Parse().Spec;

        Assert.Equal(spec, RunSpec.FromOptions(spec.ToOptions()));
    }
}
