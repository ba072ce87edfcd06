namespace FineWebTorch.Common.Tests;

/// <summary>Join tokens as words, and that nothing shows what is in them.</summary>
public sealed class JoinTokenTests
{
    private static readonly string Pin = Sha256.Of("a key");

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void Token_WrittenAsAWord_IsReadAgain(bool pinned, bool isOwner)
    {
        var token = new JoinToken(pinned ? Pin : null, Secret.Draw(JoinToken.SecretPrefix), isOwner);
        var word = token.Write().Reveal();

        Assert.DoesNotContain(word, char.IsWhiteSpace);
        Assert.Equal(token, JoinToken.Parse(word));
    }

    [Fact]
    public void Token_WithAnyCharacterMistyped_IsCalledThatAndNotShown()
    {
        var word = new JoinToken(Pin, Secret.Draw(JoinToken.SecretPrefix)).Write().Reveal();
        for (var place = 0; place < word.Length; place++)
        {
            var wrong = word[..place] + (word[place] == 'x' ? 'y' : 'x') + word[(place + 1)..];
            var refusal = Assert.Throws<FormatException>(() => JoinToken.Parse(wrong));
            Assert.DoesNotContain(wrong[10..], refusal.Message, StringComparison.Ordinal);
        }

        Assert.Contains("cut off", Assert.Throws<FormatException>(() => JoinToken.Parse(word[..^3])).Message,
            StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => JoinToken.Parse(""));
        Assert.Throws<FormatException>(() => JoinToken.Parse("fwj1_"));
    }

    [Fact]
    public void Token_InAFile_IsReadWithItsLineEnd()
    {
        using var folder = new TemporaryFolder();
        var token = new JoinToken(Pin, Secret.Draw(JoinToken.SecretPrefix));
        var file = folder.File("join");
        File.WriteAllText(file, token.Write().Reveal() + "\n");

        Assert.Equal(token, JoinToken.ParseOption("@" + file));
        Assert.Contains(
            "no-file", Assert.Throws<FormatException>(() => JoinToken.ParseOption("@no-file")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Secret_InAnyText_IsNotShown()
    {
        var secret = Secret.Draw("p_");
        var token = new JoinToken(null, secret);

        Assert.StartsWith("p_", secret.Reveal(), StringComparison.Ordinal);
        Assert.Equal(45, secret.Reveal().Length);
        Assert.NotEqual(secret, Secret.Draw("p_"));
        Assert.Equal("***", $"{secret}");
        Assert.DoesNotContain(secret.Reveal(), token.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(
            secret.Reveal(), System.Text.Json.JsonSerializer.Serialize(token), StringComparison.Ordinal);
    }

    [Fact]
    public void PrivateFile_AndItsFolder_AreOfItsUserAlone()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "new", "file");

        PrivateFile.Write(path, "x"u8);
        PrivateFile.Write(path, "secret"u8);

        Assert.Equal("secret", PrivateFile.TryRead(path));
        Assert.Null(PrivateFile.TryRead(path + ".not"));
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(path)!));
    }
}
