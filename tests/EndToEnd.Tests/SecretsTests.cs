using System.Diagnostics;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>The checks that look for secrets in what tests leave can fail.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Signed = "GET http://localhost/objects/x?Expires=1&Signature=0123&Key-Pair-Id=K";
    private readonly string _folder = Directory.CreateTempSubdirectory("fineweb-secrets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Secrets.Token)]
    [InlineData(Secrets.ReadToken)]
    [InlineData(Signed)]
    [InlineData("X-Amz-Date=20240101T000000Z&X-Amz-Signature=0123")]
    [InlineData("https://x.blob.core.windows.net/a?sv=1&sig=abcdefghijklmnopqrstuv%3D")]
    [InlineData("the token hf_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh of someone")]
    [InlineData("FINEWEB_JOIN=fwj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh bin/worker")]
    [InlineData("fwc1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh")]
    [InlineData("the owner's fwt1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh")]
    [InlineData("fineweb-session: fws1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh")]
    [InlineData("fineweb-worker: fww1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh")]
    [InlineData("hf_oauth_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh")]
    [InlineData("hf_jwt_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh")]
    [InlineData("GET /x?X-Amz-Security-Token=0123")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----")]
    [InlineData("Authorization: Bearer ABCDEFGHIJKLMNOPQRSTUVWXYZ")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----")]
    public async Task Secret_InAFileOrAText_IsFoundAndNotRepeated(string secret)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "run")).FullName, "ledger.db");
        // As in a database: between bytes that are no text.
        await File.WriteAllBytesAsync(
            file, [0, 255, 10, .. System.Text.Encoding.UTF8.GetBytes(secret), 0, 254], TestContext.Current.CancellationToken);

        var inFolder = Assert.ThrowsAny<Exception>(() => Secrets.DemandNoneIn(_folder));
        Assert.Contains(file, inFolder.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, inFolder.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Secrets.DemandNone("a log", $"request {secret} failed"));
        var (exitCode, said) = await ScriptAsync(_folder);
        Assert.Equal((1, $"error: a token or a signed address lies in {file}\n"), (exitCode, said));
    }

    /// <summary>Where programs keep their secrets, unless others may read them there.</summary>
    [Theory]
    [InlineData("access/join", UnixFileMode.UserRead | UnixFileMode.UserWrite, true)]
    [InlineData("access/join", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead, false)]
    [InlineData("access/joined.log", UnixFileMode.UserRead | UnixFileMode.UserWrite, false)]
    public async Task Secret_WhereItIsKept_IsFoundUnlessItsOwnerAloneMayReadIt(string name, UnixFileMode mode, bool passes)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs modes of files");
        var file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(
            file, "fwj1_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, mode);

        Assert.Equal(passes, Record.Exception(() => Secrets.DemandNoneIn(_folder)) is null);
        Assert.Equal(passes ? 0 : 1, (await ScriptAsync(_folder)).ExitCode);
    }

    [Fact]
    public async Task Nothing_Secret_Passes()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "test.log"),
            "(token) http://localhost/objects/x?(signed) hf_transfer fwj1_… a bearer of news", TestContext.Current.CancellationToken);

        Secrets.DemandNoneIn(_folder);
        Assert.Equal((0, ""), await ScriptAsync(_folder));
    }

    [Fact]
    public async Task Program_ThatPrintsASecret_FailsItsTest()
    {
        var program = ProgramProcess.Start("worker", Secrets.Token);
        Assert.NotEqual(0, await program.ExitAsync());
        Assert.Contains(Secrets.Token, program.Errors + program.Output, StringComparison.Ordinal);

        await Assert.ThrowsAnyAsync<Exception>(async () => await program.DisposeAsync());
    }

    private static async Task<(int ExitCode, string Errors)> ScriptAsync(string path)
    {
        var script = Path.Combine(TestData.RepositoryRoot, "build", "secrets");
        var (exitCode, _, errors) = await Executables.RunAsync(new ProcessStartInfo(script, [path]));
        return (exitCode, errors);
    }
}
